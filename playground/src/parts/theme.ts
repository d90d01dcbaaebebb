import { effect, signal } from "@preact/signals";
import { loadChoice, saveChoice } from "../model/drafts";

/** `null` follows the system. */
export type Theme = "light" | "dark" | null;

const kept = loadChoice("theme");
export const theme = signal<Theme>(kept === "light" || kept === "dark" ? kept : null);

export const applyTheme = (): void => {
  effect(() => {
    const now = theme.value;
    if (now === null) delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = now;
    saveChoice("theme", now);
  });
};
