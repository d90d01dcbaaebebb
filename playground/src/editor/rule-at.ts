import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode } from "@lezer/common";

const PARSE_MILLISECONDS = 200;

/** The item of `egressRules` that a line belongs to. */
export const ruleAt = (state: EditorState, offset: number): { from: number; to: number } | null => {
  const tree = ensureSyntaxTree(state, state.doc.length, PARSE_MILLISECONDS) ?? syntaxTree(state);
  const line = state.doc.lineAt(offset);
  // A line's indentation and its dash belong to what follows them.
  const at = Math.max(offset, line.from + line.text.search(/\S|$/));
  for (const side of [-1, 1] as const) {
    for (let node: SyntaxNode | null = tree.resolveInner(at, side); node !== null; node = node.parent) {
      if (node.name === "Item" && keyOf(state, node.parent?.parent) === "egressRules") return node;
    }
  }
  return null;
};

const keyOf = (state: EditorState, pair: SyntaxNode | null | undefined): string | null => {
  const key = pair?.getChild("Key");
  return key ? state.sliceDoc(key.from, key.to) : null;
};
