// What `diff` compares with, as texts that can be edited and pasted into.
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Place } from "../engine/types";
import { before, documents } from "../model/session";
import { LIMITS, nameFault, type Document } from "../model/state";

const unfolded = signal(false);
/** A place to lead to. */
const wanted = signal<Place | null>(null);

export const BeforeLink = ({ place }: { place: Place }) => (
  <button
    type="button"
    class="link place"
    onClick={() => {
      unfolded.value = true;
      // A place of its own each time, so that the same one can be asked for again.
      wanted.value = { ...place };
    }}
  >
    {place.source}:{place.start.line} before
  </button>
);

/** Named as the first document that stands only on the other side, so that the two are compared. */
const newName = (): string => {
  const names = [...documents.value.map(({ name }) => name), ...Array.from({ length: LIMITS.documents }, (_, index) => `before-${index + 1}.yaml`)];
  return names.find((name) => nameFault(name, before.value) === null) ?? "";
};

export const Before = () => {
  const now = before.value;
  return (
    <details class="before" open={unfolded.value} onToggle={(event) => (unfolded.value = event.currentTarget.open)}>
      <summary>Old texts{now.length > 0 && <span class="muted"> {now.map(({ name }) => name).join(", ")}</span>}</summary>
      <div class="before-texts">
        {now.map((document, index) => (
          <Text key={document.name} document={document} index={index} />
        ))}
        <button type="button" class="button" disabled={now.length >= LIMITS.documents} onClick={() => (before.value = [...before.value, { name: newName(), text: "" }])}>
          Add a text
        </button>
      </div>
    </details>
  );
};

const Text = ({ document: { name, text }, index }: { document: Document; index: number }) => {
  const area = useRef<HTMLTextAreaElement>(null);
  const place = wanted.value;
  useEffect(() => {
    const element = area.current;
    if (element === null || place === null || place.source !== name) return;
    wanted.value = null;
    element.focus();
    element.setSelectionRange(place.start.offset, place.end.offset);
    // Lines are not wrapped, so each is as high as the next.
    element.scrollTop = (place.start.line - 3) * Number.parseFloat(getComputedStyle(element).lineHeight);
  }, [place]);
  const id = `before-${index}`;
  return (
    <div class="before-text">
      <div class="before-name">
        <label for={id} class="mono">
          {name}
          <span class="visually-hidden"> before</span>
        </label>
        <button type="button" class="link" aria-label={`Remove ${name} before`} onClick={() => (before.value = before.value.filter((_, at) => at !== index))}>
          Remove
        </button>
      </div>
      <textarea
        ref={area}
        id={id}
        class="mono"
        wrap="off"
        rows={Math.min(14, Math.max(4, text.split("\n", 14).length))}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        placeholder="Paste the old text"
        value={text}
        onInput={({ currentTarget: { value } }) => (before.value = before.value.map((one, at) => (at === index ? { name, text: value } : one)))}
      />
    </div>
  );
};
