import { Prec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/**
 * Typing over a selection, done by the editor.
 *
 * Left to itself the browser keeps the colours of what it deletes in a `style` attribute, which the
 * Content-Security-Policy refuses and reports. Nothing else of typing is touched.
 */
export const typeOverSelection = Prec.high(
  EditorView.domEventHandlers({
    beforeinput: (event, view) => {
      const { main, ranges } = view.state.selection;
      if (event.inputType !== "insertText" || event.data === null || event.isComposing) return false;
      if (main.empty || ranges.length > 1) return false;
      const text = event.data;
      const insert = () => view.state.update(view.state.replaceSelection(text), { userEvent: "input.type", scrollIntoView: true });
      event.preventDefault();
      const handled = view.state.facet(EditorView.inputHandler).some((handle) => handle(view, main.from, main.to, text, insert));
      if (!handled) view.dispatch(insert());
      return true;
    },
  }),
);
