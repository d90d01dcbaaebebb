import { RangeSetBuilder, StateEffect, StateField, type EditorState } from "@codemirror/state";
import { Decoration, EditorView, type DecorationSet } from "@codemirror/view";

/** Lines to mark as where something comes from, as offsets. */
export const markOrigins = StateEffect.define<readonly { from: number; to: number }[]>();

const line = Decoration.line({ class: "cm-origin" });

const decorate = (state: EditorState, ranges: readonly { from: number; to: number }[]): DecorationSet => {
  const builder = new RangeSetBuilder<Decoration>();
  let done = -1;
  for (const { from, to } of [...ranges].sort((a, b) => a.from - b.from)) {
    if (from > state.doc.length) continue;
    const last = state.doc.lineAt(Math.min(Math.max(to - 1, from), state.doc.length));
    for (let at = state.doc.lineAt(from); ; at = state.doc.line(at.number + 1)) {
      if (at.from > done) {
        builder.add(at.from, at.from, line);
        done = at.from;
      }
      if (at.number >= last.number) break;
    }
  }
  return builder.finish();
};

export const originMarks = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (marks, transaction) => {
    let now = marks.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(markOrigins)) now = decorate(transaction.state, effect.value);
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
