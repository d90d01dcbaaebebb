import { computed, signal } from "@preact/signals";
import { useState } from "preact/hooks";
import { ManifestView } from "../editor/manifest-view";
import { blank, compiled, compiling, errors, failure, lastGood } from "../model/analysis";
import { documents, notice, phoneView } from "../model/session";
import { saveYaml, saveZip } from "../output/download";
import { heredoc, kinds, type Manifest } from "../output/manifests";
import { Empty } from "../parts/empty";
import { LinkedSide } from "./linked-side";
import { count } from "./problems";

const kind = signal<string | null>(null);
const filter = signal("");

const all = computed<readonly Manifest[]>(() => lastGood.value?.value.manifests ?? []);
const present = computed(() => kinds(all.value));

/** What is shown: grouped by kind, the kinds in the order of applying. */
const shown = computed<readonly Manifest[]>(() => {
  const order = [...present.value.keys()];
  const chosen = kind.value !== null && present.value.has(kind.value) ? kind.value : null;
  const words = filter.value.trim().toLowerCase();
  return all.value
    .filter((one) => chosen === null || one.kind === chosen)
    .filter((one) => words === "" || one.text.toLowerCase().includes(words))
    .sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind) || a.index - b.index);
});

/** Whether what is shown belongs to the present texts. */
const current = computed(() => compiled.value?.documents === documents.value && compiled.value.value.ok);
const refused = computed(() => compiled.value?.documents === documents.value && !compiled.value.value.ok);

const copy = async (text: string, what: string): Promise<void> => {
  try {
    await navigator.clipboard.writeText(text);
    notice.value = { tone: "note", text: `Copied ${what}.` };
  } catch {
    notice.value = { tone: "error", text: "The browser does not allow this page to copy; download the file instead." };
  }
};

export const Resources = () => {
  const manifests = all.value;
  const yaml = lastGood.value?.value.text ?? "";
  if (manifests.length === 0) {
    if (blank.value) {
      return (
        <Empty title="No policy yet">
          <p>
            Write an <code>ASMEgressTrafficPolicy</code> in the first document, or open an example.
          </p>
        </Empty>
      );
    }
    if (errors.value > 0) {
      return (
        <Empty title="egressc compiles nothing while there are errors">
          <p>
            egressc writes either all resources of a policy set or none.{" "}
            <button type="button" class="link" onClick={() => (phoneView.value = "problems")}>
              {count(errors.value, "error")}
            </button>{" "}
            to correct.
          </p>
        </Empty>
      );
    }
    if (compiling.value) return <Empty title="Compiling…" />;
    if (failure.value !== null) return <Empty title="egressc did not answer" />;
    return <Empty title="No resources" />;
  }
  return (
    <div class="resources">
      <div class="toolbar">
        <div class="toolbar-end">
          <input
            type="search"
            class="filter"
            placeholder="Filter"
            aria-label="Show only resources that contain"
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
          <Export manifests={manifests} yaml={yaml} enabled={current.value} />
        </div>
        <div class="chips" role="group" aria-label="Kinds">
          <button type="button" class="chip" aria-pressed={kind.value === null} onClick={() => (kind.value = null)}>
            All <span class="number">{manifests.length.toLocaleString("en")}</span>
          </button>
          {[...present.value].map(([name, number]) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={kind.value === name}
              onClick={() => (kind.value = kind.value === name ? null : name)}
            >
              {name} <span class="number">{number.toLocaleString("en")}</span>
            </button>
          ))}
        </div>
      </div>
      {refused.value && (
        <p class="banner banner-error" role="status">
          There are errors, so nothing is compiled. These are the resources of the last text without errors.
        </p>
      )}
      <div class={current.value ? "manifests" : "manifests stale"} aria-busy={compiling.value}>
        <ManifestView manifests={shown} />
        {shown.value.length === 0 && <Empty title="No resource contains that" />}
      </div>
      <LinkedSide from="resources" />
    </div>
  );
};

const Export = ({ manifests, yaml, enabled }: { manifests: readonly Manifest[]; yaml: string; enabled: boolean }) => {
  const [open, setOpen] = useState(false);
  const act = (what: () => unknown) => () => {
    setOpen(false);
    void what();
  };
  return (
    <div
      class="menu"
      onKeyDown={(event) => {
        if (event.key === "Escape") setOpen(false);
      }}
      onFocusOut={(event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node && event.currentTarget instanceof Node && event.currentTarget.contains(to))) setOpen(false);
      }}
    >
      <button type="button" class="button" aria-expanded={open} disabled={!enabled} onClick={() => setOpen(!open)}>
        Export
      </button>
      {open && (
        <div class="menu-items">
          <button type="button" onClick={act(() => copy(heredoc(yaml), "a command for kubectl"))}>
            Copy as <code>kubectl apply</code>
          </button>
          <button type="button" onClick={act(() => copy(yaml, "all resources as YAML"))}>
            Copy YAML
          </button>
          <button type="button" onClick={act(() => saveYaml(yaml))}>
            Download one YAML file
          </button>
          <button type="button" onClick={act(() => saveZip(manifests))}>
            Download a file for each, as zip
          </button>
        </div>
      )}
    </div>
  );
};
