import { yaml } from "@codemirror/lang-yaml";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, keymap, WidgetType, type DecorationSet } from "@codemirror/view";
import { effect, untracked, type ReadonlySignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { link, target } from "../model/links";
import type { Manifest } from "../output/manifests";
import { editorTheme } from "./theme";
import { markOrigins, originMarks } from "./origin-marks";
import { mount } from "./shadow";
import { invisibleCharacters } from "./invisible-characters";

/** Stands for the `---` of a resource, and says what it is and what it was made for. */
class Head extends WidgetType {
  readonly manifest: Manifest;
  readonly linked: boolean;

  constructor(manifest: Manifest, linked: boolean) {
    super();
    this.manifest = manifest;
    this.linked = linked;
  }

  override eq(other: Head): boolean {
    return other.manifest === this.manifest && other.linked === this.linked;
  }

  override get estimatedHeight(): number {
    return 30;
  }

  override toDOM(): HTMLElement {
    const { kind, namespace, name, origins } = this.manifest;
    const dom = document.createElement("div");
    dom.className = this.linked ? "manifest-head manifest-head-linked" : "manifest-head";
    const part = (className: string, text: string) =>
      dom.appendChild(Object.assign(document.createElement("span"), { className, textContent: text }));
    part("manifest-kind", kind);
    part("manifest-name", `${namespace}/${name}`);
    const rules = [...new Set(origins.origins.map(({ rule }) => rule))];
    if (rules.length > 0) {
      const more = rules.length > 2 ? ` and ${rules.length - 2} more` : "";
      part("manifest-origin", `← ${rules.slice(0, 2).join(", ")}${more}`);
    }
    return dom;
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

interface Layout {
  manifests: readonly Manifest[];
  /** Where each begins in the shown text. */
  starts: readonly number[];
  linked: ReadonlySet<number>;
}

const relayout = StateEffect.define<Layout>();

const heads = ({ manifests, starts, linked }: Layout): DecorationSet => {
  const builder = new RangeSetBuilder<Decoration>();
  manifests.forEach((manifest, at) => {
    const start = starts[at] ?? 0;
    const widget = new Head(manifest, linked.has(manifest.index));
    builder.add(start, start + 3, Decoration.replace({ widget, block: true }));
  });
  return builder.finish();
};

const headField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (now, transaction) => {
    for (const one of transaction.effects) if (one.is(relayout)) return heads(one.value);
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});

/** The position of the resource that holds an offset. */
const holder = (starts: readonly number[], offset: number): number => {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
};

/** The resources as one text that scrolls fast at any length, each under its own head. */
export const ManifestView = ({ manifests }: { manifests: ReadonlySignal<readonly Manifest[]> }) => {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let layout: Layout = { manifests: [], starts: [], linked: new Set() };

    const point = (offset: number): void => {
      const manifest = layout.manifests[holder(layout.starts, offset)];
      if (manifest === undefined) return;
      const places = manifest.origins.origins.map(({ place }) => place);
      link.value = { from: "resources", places, resources: new Set([manifest.index]) };
      const [first] = places;
      if (first !== undefined) target.value = { place: first, focus: false };
    };

    const view = mount(
      element,
      EditorState.create({
        extensions: [
          headField,
          originMarks,
          invisibleCharacters,
          yaml(),
          drawSelection(),
          search({ top: true }),
          highlightSelectionMatches(),
          keymap.of(searchKeymap),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ "aria-label": "Compiled resources", "aria-readonly": "true", tabindex: "0" }),
          EditorView.domEventHandlers({
            click: (event, at) => {
              const offset = at.posAtCoords({ x: event.clientX, y: event.clientY });
              if (offset !== null && at.state.selection.main.empty) point(offset);
            },
            keydown: (event, at) => {
              if (event.key === "Enter") point(at.state.selection.main.head);
            },
          }),
          EditorView.editorAttributes.of({ class: "manifest-text" }),
          editorTheme,
        ],
      }),
    );

    const stops = [
      effect(() => {
        const now = manifests.value;
        untracked(() => {
          const starts: number[] = [];
          let length = 0;
          for (const { text } of now) {
            starts.push(length);
            length += text.length;
          }
          layout = { manifests: now, starts, linked: layout.linked };
          const text = now.map((one) => one.text).join("").replace(/\n$/, "");
          // The place that somebody reads stays where it is when a policy is edited.
          const top = view.scrollDOM.scrollTop;
          view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, effects: relayout.of(layout) });
          view.scrollDOM.scrollTop = top;
        });
      }),
      effect(() => {
        const now = link.value;
        untracked(() => {
          layout = { ...layout, linked: now?.resources ?? new Set() };
          const ranges: { from: number; to: number }[] = [];
          layout.manifests.forEach((manifest, at) => {
            if (!layout.linked.has(manifest.index)) return;
            const from = layout.starts[at] ?? 0;
            ranges.push({ from: from + 4, to: from + manifest.text.length - 1 });
          });
          const [first] = ranges;
          const effects: StateEffect<unknown>[] = [relayout.of(layout), markOrigins.of(now?.from === "policy" ? ranges : [])];
          if (now?.from === "policy" && first !== undefined) {
            effects.push(EditorView.scrollIntoView(first.from - 4, { y: "start" }));
          }
          view.dispatch({ effects });
        });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      view.destroy();
    };
  }, []);
  return <div class="editor" ref={host} data-testid="manifests" />;
};
