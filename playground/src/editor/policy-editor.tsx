import { closeBrackets, closeBracketsKeymap, completionKeymap, autocompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, indentUnit } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic as Lint } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { effect, untracked } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Diagnostic, Place } from "../engine/types";
import { checked, compiled, diagnostics, lastGood } from "../model/analysis";
import { edits, link, page, target, type Link } from "../model/links";
import { active, documents, epoch, setText } from "../model/session";
import type { Manifest } from "../output/manifests";
import { complete } from "./completion";
import { fieldHover } from "./hover";
import { editorTheme } from "./theme";
import { markOrigins, originMarks } from "./origin-marks";
import { ruleAt } from "./rule-at";
import { mount } from "./shadow";
import { invisibleCharacters } from "./invisible-characters";
import { ticked } from "./ticked";
import { typeOverSelection } from "./typing";

const SEVERITIES = { error: "error", warning: "warning", note: "info" } as const;

const extensions = (name: string, changed: (view: EditorView) => void, moved: (state: EditorState) => void): Extension => [
  lineNumbers(),
  highlightActiveLineGutter(),
  highlightActiveLine(),
  lintGutter(),
  foldGutter(),
  history(),
  drawSelection(),
  bracketMatching(),
  closeBrackets(),
  highlightSelectionMatches(),
  autocompletion({ override: [complete], icons: false }),
  fieldHover,
  typeOverSelection,
  originMarks,
  invisibleCharacters,
  yaml(),
  indentUnit.of("  "),
  EditorState.tabSize.of(2),
  EditorView.contentAttributes.of({ "aria-label": `Text of ${name}`, spellcheck: "false", tabindex: "0" }),
  placeholder("Paste a policy, or press Ctrl+Space to insert one."),
  // Tab leaves the editor, as everywhere on a page; Ctrl+] and Ctrl+[ indent.
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...completionKeymap,
    ...lintKeymap,
  ]),
  EditorView.updateListener.of((update) => {
    if (update.docChanged) changed(update.view);
    else if (update.selectionSet && update.transactions.some((one) => one.isUserEvent("select"))) {
      moved(update.state);
    }
  }),
  editorTheme,
];

/** Diagnostics as the editor shows them: where they are, and where else they point. */
const lints = (found: readonly Diagnostic[], name: string, length: number): Lint[] => {
  const shown: Lint[] = [];
  for (const diagnostic of found) {
    diagnostic.labels.forEach((label, index) => {
      if (label.source !== name || label.end.offset > length) return;
      const fix = diagnostic.fix;
      shown.push({
        from: label.start.offset,
        to: label.end.offset,
        severity: index === 0 ? SEVERITIES[diagnostic.severity] : "info",
        message: index === 0 || label.message === "" ? diagnostic.message : `${diagnostic.message}: ${label.message}`,
        renderMessage: () => explained(diagnostic, index === 0 ? "" : label.message),
        ...(fix !== null && index === 0 ? { actions: [{ name: fix.title, apply: () => { edits.value = fix; } }] } : {}),
      });
    });
  }
  return shown;
};

const explained = (diagnostic: Diagnostic, here: string): Node => {
  const dom = document.createElement("div");
  const code = dom.appendChild(document.createElement("button"));
  code.type = "button";
  code.className = "diagnostic-code";
  code.textContent = diagnostic.code;
  code.addEventListener("click", () => {
    page.value = diagnostic.code;
  });
  dom.append(ticked(here === "" ? diagnostic.message : `${diagnostic.message}: ${here}`));
  if (diagnostic.help !== null) {
    const help = dom.appendChild(Object.assign(document.createElement("div"), { className: "diagnostic-help" }));
    help.append(ticked(diagnostic.help));
  }
  return dom;
};

/** What was made for the place where the cursor is: of a `to` item, or else of its whole rule. */
const pointed = (name: string, state: EditorState): void => {
  const good = lastGood.value;
  if (good === null || compiled.value?.documents !== documents.value || !compiled.value.value.ok) return;
  const offset = state.selection.main.head;
  const rule = ruleAt(state, offset);
  link.value =
    madeFor(good.value.manifests, ({ source, start, end }) => source === name && start.offset <= offset && offset <= end.offset) ??
    (rule && madeFor(good.value.manifests, ({ source, start }) => source === name && rule.from <= start.offset && start.offset < rule.to));
};

const madeFor = (manifests: readonly Manifest[], pointedAt: (place: Place) => boolean): Link | null => {
  const resources = new Set<number>();
  const places = new Map<number, Place>();
  for (const manifest of manifests) {
    for (const { place } of manifest.origins.origins) {
      if (!pointedAt(place)) continue;
      resources.add(manifest.index);
      places.set(place.start.offset, place);
    }
  }
  return resources.size === 0 ? null : { from: "policy", places: [...places.values()], resources };
};

/** The editor of the documents. */
export const PolicyEditor = () => {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    let states: (EditorState | undefined)[] = [];
    let shown = -1;
    let age = -1;

    const fresh = (index: number): EditorState => {
      const document = documents.peek()[index];
      return EditorState.create({
        doc: document?.text ?? "",
        extensions: extensions(
          document?.name ?? "",
          (view) => setText(shown, view.state.doc.toString()),
          (state) => pointed(documents.peek()[shown]?.name ?? "", state),
        ),
      });
    };

    const view = mount(element, EditorState.create({}));

    const show = (index: number): void => {
      if (shown >= 0 && states[shown] !== undefined) states[shown] = view.state;
      const state = states[index] ?? fresh(index);
      states[index] = state;
      shown = index;
      view.setState(state);
    };

    /** At once, since what follows is about that document; the effect below would come after it. */
    const turnTo = (name: string): boolean => {
      const index = documents.peek().findIndex((document) => document.name === name);
      if (index < 0) return false;
      active.value = index;
      if (index !== shown) show(index);
      return true;
    };

    const stops = [
      effect(() => {
        const [now, index] = [epoch.value, active.value];
        if (now !== age) {
          age = now;
          shown = -1;
          states = [];
        }
        if (index !== shown) untracked(() => show(index));
      }),
      effect(() => {
        const found = diagnostics.value;
        const name = documents.value[active.value]?.name ?? "";
        void epoch.value;
        // Those of an older text would stand in the wrong places; the editor has moved what it shows meanwhile.
        const current = [checked.value, compiled.value].some((one) => one?.documents === documents.value);
        if (!current) return;
        untracked(() => view.dispatch(setDiagnostics(view.state, lints(found, name, view.state.doc.length))));
      }),
      effect(() => {
        const now = link.value;
        const name = documents.value[active.value]?.name ?? "";
        const ranges = (now?.places ?? [])
          .filter(({ source }) => source === name)
          .map(({ start, end }) => ({ from: start.offset, to: end.offset }));
        untracked(() => view.dispatch({ effects: markOrigins.of(ranges) }));
      }),
      effect(() => {
        const now = target.value;
        if (now === null) return;
        untracked(() => {
          if (!turnTo(now.place.source)) return;
          const from = Math.min(now.place.start.offset, view.state.doc.length);
          const to = Math.min(now.place.end.offset, view.state.doc.length);
          view.dispatch({
            ...(now.focus ? { selection: { anchor: from, head: to } } : {}),
            effects: EditorView.scrollIntoView(from, { y: "center" }),
          });
          if (now.focus) view.focus();
        });
      }),
      effect(() => {
        const now = edits.value;
        if (now === null) return;
        untracked(() => {
          edits.value = null;
          if (!turnTo(now.place.source)) return;
          view.dispatch({
            changes: { from: now.place.start.offset, to: now.place.end.offset, insert: now.replacement },
            selection: { anchor: now.place.start.offset + now.replacement.length },
            scrollIntoView: true,
            userEvent: "input.fix",
          });
          view.focus();
        });
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      view.destroy();
    };
  }, []);
  return <div class="editor" ref={host} data-testid="editor" />;
};
