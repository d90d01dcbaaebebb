import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/**
 * An editor in a shadow tree.
 *
 * There CodeMirror adopts constructed style sheets. In the document it would insert a `<style>` element, which the
 * Content-Security-Policy would have to allow for everybody, since a static page has no secret nonce.
 */
export const mount = (host: HTMLElement, state: EditorState): EditorView => {
  const root = host.shadowRoot ?? host.attachShadow({ mode: "open", delegatesFocus: true });
  root.replaceChildren();
  const parent = document.createElement("div");
  parent.style.height = "100%";
  root.append(parent);
  return new EditorView({ state, parent, root });
};
