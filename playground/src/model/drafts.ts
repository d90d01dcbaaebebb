// What survives a reload. Storage may be full, switched off or hold what somebody else wrote: then there is no draft.
import { readState, type State } from "./state";

const DRAFT = "egressc.playground.draft.1";

export const loadDraft = (): State | null => {
  try {
    const text = localStorage.getItem(DRAFT);
    const state = text === null ? "none" : readState(JSON.parse(text));
    return typeof state === "string" ? null : state;
  } catch {
    return null;
  }
};

/** Whether it was kept. */
export const saveDraft = (state: State): boolean => {
  try {
    localStorage.setItem(DRAFT, JSON.stringify(state));
    return true;
  } catch {
    return false;
  }
};

export const loadChoice = (name: string): string | null => {
  try {
    return localStorage.getItem(`egressc.playground.${name}`);
  } catch {
    return null;
  }
};

export const saveChoice = (name: string, value: string | null): void => {
  try {
    if (value === null) localStorage.removeItem(`egressc.playground.${name}`);
    else localStorage.setItem(`egressc.playground.${name}`, value);
  } catch {
    // It then holds until the page is closed.
  }
};
