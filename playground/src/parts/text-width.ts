const context = document.createElement("canvas").getContext("2d");

/** How wide a text is in a font, as CSS writes both; known before it is drawn. */
export const textWidth = (text: string, font: string): number => {
  if (context === null) return text.length * 8;
  context.font = font;
  return context.measureText(text).width;
};

/** Text that does not fit is cut. */
export const fitted = (text: string, width: number, font: string): string => {
  if (textWidth(text, font) <= width) return text;
  let [low, high] = [1, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (textWidth(`${text.slice(0, middle)}…`, font) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
};
