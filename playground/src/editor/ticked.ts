/** Backticks around names become code, as in the rest of the page. */
export const ticked = (text: string): DocumentFragment => {
  const dom = document.createDocumentFragment();
  text.split(/`([^`]+)`/).forEach((part, index) => {
    dom.append(index % 2 === 1 ? Object.assign(document.createElement("code"), { textContent: part }) : part);
  });
  return dom;
};
