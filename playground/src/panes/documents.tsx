import { useEffect, useRef, useState } from "preact/hooks";
import { PolicyEditor } from "../editor/policy-editor";
import { diagnostics } from "../model/analysis";
import { active, addDocument, documents, removeDocument, renameDocument } from "../model/session";
import { Cross } from "../parts/dialog";
import { Tabs } from "../parts/tabs";
import { LinkedSide } from "./linked-side";

export const Documents = () => {
  const [renaming, setRenaming] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!renaming) return;
    field.current?.focus();
    field.current?.select();
  }, [renaming]);
  const stop = () => {
    setRenaming(false);
    setFault(null);
    opener.current?.focus();
  };
  const all = documents.value;
  const current = all[active.value];
  const faulty = new Set(
    diagnostics.value.filter(({ severity }) => severity === "error").flatMap(({ labels }) => labels.slice(0, 1).map(({ source }) => source)),
  );
  const rename = (name: string) => {
    const found = name === current?.name ? null : renameDocument(active.value, name.trim());
    if (found === null) stop();
    else setFault(found);
  };
  return (
    <>
      <div class="document-bar">
        <Tabs
          label="Documents"
          class="document-tabs"
          chosen={String(active.value)}
          choose={(id) => {
            setRenaming(false);
            active.value = Number(id);
          }}
          tabs={all.map(({ name }, index) => ({
            id: String(index),
            panel: "document-panel",
            label: (
              <>
                <span class="tab-name" title={name}>
                  {name}
                </span>
                {faulty.has(name) && <span class="dot" role="img" aria-label="has errors" />}
              </>
            ),
          }))}
        />
        <button type="button" class="quiet" aria-label="Add a document" title="Add a document" onClick={() => addDocument()}>
          <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
            <path d="M8 3v10M3 8h10" />
          </svg>
        </button>
        <div class="document-actions">
          <button type="button" class="quiet" aria-label="Rename this document" title="Rename this document" aria-expanded={renaming} ref={opener} onClick={() => (renaming ? stop() : setRenaming(true))}>
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
              <path d="M3 13v-2.6L10.6 2.8l2.6 2.6L5.6 13zM9 4.4 11.6 7" />
            </svg>
          </button>
          {all.length > 1 && (
            <button type="button" class="quiet" aria-label="Remove this document" title="Remove this document" onClick={() => removeDocument(active.value)}>
              <Cross />
            </button>
          )}
        </div>
      </div>
      {renaming && (
        <form
          class="rename"
          onSubmit={(event) => {
            event.preventDefault();
            rename(new FormData(event.currentTarget).get("name") as string);
          }}
          onKeyDown={(event) => {
            if (event.key === "Escape") stop();
          }}
        >
          <label>
            Name <input ref={field} name="name" defaultValue={current?.name ?? ""} autocomplete="off" spellcheck={false} aria-invalid={fault !== null} />
          </label>
          <button type="submit" class="button">
            Rename
          </button>
          {fault !== null && <span role="alert">{fault}</span>}
        </form>
      )}
      <div id="document-panel" role="tabpanel" aria-labelledby={`tab-${active.value}`} class="document-panel">
        <PolicyEditor />
      </div>
      <LinkedSide from="policy" />
    </>
  );
};
