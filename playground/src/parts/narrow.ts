import { signal } from "@preact/signals";

// The same width stands in the style sheets.
const query = matchMedia("(max-width: 820px)");

/** Whether the page shows one thing at a time. */
export const narrow = signal(query.matches);
query.addEventListener("change", () => {
  narrow.value = query.matches;
});
