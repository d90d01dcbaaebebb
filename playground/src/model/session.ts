// The one session of the page, as signals.
import { batch, computed, effect, signal } from "@preact/signals";
import { loadDraft, saveDraft } from "./drafts";
import { examples } from "./examples";
import { fromFragment } from "./share";
import { NO_QUESTION, nameFault, type Document, type OutputPane, type Question, type State } from "./state";

export const documents = signal<Document[]>([]);
export const before = signal<Document[]>([]);
export const question = signal<Question>(NO_QUESTION);
export const pane = signal<OutputPane>("resources");

/** Which document the editor shows. */
export const active = signal(0);
/** Counts whole sessions, so that the editor knows when to begin anew. */
export const epoch = signal(0);
/** What a phone shows; wider pages show the documents, the problems and one output at once. */
export const phoneView = signal<"documents" | "problems" | "output">("documents");

export interface Notice {
  tone: "note" | "error";
  text: string;
  /** A way back. */
  undo?: State;
}
export const notice = signal<Notice | null>(null);

export const snapshot = (): State => ({
  documents: documents.value,
  before: before.value,
  question: question.value,
  pane: pane.value,
});

export const restore = (state: State): void =>
  batch(() => {
    // A list of its own, so that what is known of the session before is not taken for this one's.
    documents.value = [...state.documents];
    before.value = state.before;
    question.value = state.question;
    pane.value = state.pane;
    active.value = 0;
    epoch.value += 1;
  });

/** Whether the documents are as some example has them: nothing is lost by replacing them. */
const untouched = computed(() =>
  examples.some(({ documents: own }) => JSON.stringify(own) === JSON.stringify(documents.value)),
);

export const openExample = (id: string): void => {
  const example = examples.find((one) => one.id === id);
  if (example === undefined) return;
  const old = snapshot();
  const kept = untouched.value;
  // `before` is what the example looked like when it was opened: diff then shows what was changed since.
  restore({ ...old, documents: example.documents, before: example.documents, question: NO_QUESTION });
  notice.value = kept ? null : { tone: "note", text: `Opened the example “${example.title}”.`, undo: old };
};

export const clear = (): void => {
  const old = snapshot();
  restore({ ...old, documents: [{ name: "policy.yaml", text: "" }, { name: "mesh.yaml", text: "" }], before: [], question: NO_QUESTION });
  notice.value = { tone: "note", text: "Cleared.", undo: old };
};

export const setText = (index: number, text: string): void => {
  const old = documents.value;
  if (old[index] === undefined || old[index].text === text) return;
  documents.value = old.map((document, at) => (at === index ? { ...document, text } : document));
};

export const addDocument = (text = ""): void => {
  const taken = documents.value;
  let number = taken.length + 1;
  while (nameFault(`document-${number}.yaml`, taken) !== null) number += 1;
  batch(() => {
    documents.value = [...taken, { name: `document-${number}.yaml`, text }];
    active.value = taken.length;
  });
};

/** Says what is wrong with the new name, if anything is. */
export const renameDocument = (index: number, name: string): string | null => {
  const others = documents.value.filter((_, at) => at !== index);
  const fault = nameFault(name, others);
  if (fault === null) {
    documents.value = documents.value.map((document, at) => (at === index ? { ...document, name } : document));
  }
  return fault;
};

export const removeDocument = (index: number): void => {
  const old = snapshot();
  const gone = old.documents[index];
  if (gone === undefined || old.documents.length === 1) return;
  batch(() => {
    documents.value = old.documents.filter((_, at) => at !== index);
    active.value = Math.min(active.value > index ? active.value - 1 : active.value, documents.value.length - 1);
    epoch.value += 1;
    notice.value = { tone: "note", text: `Removed ${gone.name}.`, undo: old };
  });
};

const openLink = async (): Promise<boolean> => {
  const opened = await fromFragment(location.hash);
  if (opened.kind === "none") return false;
  // From here on the draft is the truth; a reload must not bring the link's text back over it.
  history.replaceState(null, "", location.pathname + location.search);
  if (opened.kind === "unreadable") {
    notice.value = { tone: "error", text: `The link could not be opened: ${opened.reason}.` };
    return false;
  }
  const old = epoch.value > 0 ? snapshot() : loadDraft();
  restore(opened.state);
  // Whoever shared it showed a pane.
  phoneView.value = "output";
  notice.value =
    old === null || JSON.stringify(old) === JSON.stringify(opened.state)
      ? { tone: "note", text: "Opened from a link." }
      : { tone: "note", text: "Opened from a link; use Go back to restore your documents.", undo: old };
  return true;
};

/** Opens the link, else the draft, else the first example; then keeps a draft. */
export const begin = async (): Promise<void> => {
  if (!(await openLink())) {
    const draft = loadDraft();
    const first = examples[0];
    if (draft !== null) restore(draft);
    else if (first !== undefined) {
      restore({ documents: first.documents, before: first.documents, question: NO_QUESTION, pane: "resources" });
    }
  }
  addEventListener("hashchange", () => void openLink());
  let pending: ReturnType<typeof setTimeout> | undefined;
  let told = false;
  const keep = () => {
    if (saveDraft(snapshot()) || told) return;
    told = true;
    notice.value = { tone: "error", text: "The browser cannot store a draft: its storage is full or switched off. Share a link to keep the session." };
  };
  effect(() => {
    snapshot();
    clearTimeout(pending);
    pending = setTimeout(keep, 300);
  });
  addEventListener("pagehide", () => {
    clearTimeout(pending);
    saveDraft(snapshot());
  });
};
