import { highlightSpecialChars } from "@codemirror/view";

/**
 * Characters that nobody sees, or that turn the order of those around them, are shown by their number: what a text seems
 * to say is then what it says.
 *
 * CodeMirror knows most of them; these are the rest of Unicode's bidirectional and invisible ones.
 */
export const invisibleCharacters = highlightSpecialChars({
  addSpecialChars: /[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c\u200d\u202a-\u202c\u2060-\u2065\u2068\u206a-\u206f\u3164\uffa0\u{e0000}-\u{e007f}]/u,
  render: (code, description) => {
    const dom = document.createElement("span");
    dom.className = "invisible-character";
    dom.textContent = `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    dom.title = description ?? "";
    return dom;
  },
});
