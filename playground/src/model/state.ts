// What a session is: all that a link carries and a draft keeps.

export interface Document {
  name: string;
  text: string;
}

export const OUTPUT_PANES = ["resources", "reach", "trace", "diff"] as const;
export type OutputPane = (typeof OUTPUT_PANES)[number];

export interface State {
  /** The policy first, then the mesh facts, then what else there is. */
  documents: Document[];
  /** What `diff` compares with. */
  before: Document[];
  question: Question;
  pane: OutputPane;
}

export const QUESTION_MODES = ["sentence", "form", "log"] as const;

/** What the trace pane asks, in each of the ways of asking; `mode` says which one holds. */
export interface Question {
  mode: (typeof QUESTION_MODES)[number];
  /** `mytest,app=sleep-a -> POST https://www.httpbin.org/anything` */
  sentence: string;
  /** A line of an access log. */
  log: string;
  /** Whose sidecar wrote the line, as `mytest,app=sleep-a`; empty where that is not known. */
  client: string;
  /** The fields of the form that are filled. */
  form: Record<string, string>;
}

export const NO_QUESTION: Question = { mode: "sentence", sentence: "", log: "", client: "", form: {} };

/** Whatever can be typed into the fields of a question can be read back, escaped six times as long. */
export const LIMITS = { documents: 50, nameLength: 120, fieldLength: 4_000, logLength: 64 << 10, questionLength: 1 << 20, bytes: 16 << 20 };

/** A state out of what came from a link or from storage, or why it is none. */
export const readState = (value: unknown): State | string => {
  if (!isRecord(value)) return "it contains no session";
  const documents = readDocuments(value["documents"]);
  if (typeof documents === "string") return documents;
  if (documents.length === 0) return "it contains no document";
  const before = readDocuments(value["before"] ?? []);
  if (typeof before === "string") return before;
  const question = readQuestion(value["question"] ?? {});
  if (typeof question === "string") return question;
  const pane = OUTPUT_PANES.find((name) => name === value["pane"]) ?? "resources";
  return { documents, before, question, pane };
};

const readQuestion = (value: unknown): Question | string => {
  const wrong = "its request is not valid";
  if (!isRecord(value) || JSON.stringify(value).length > LIMITS.questionLength) return wrong;
  const { sentence = "", log = "", client = "", form = {} } = value;
  if (typeof sentence !== "string" || typeof log !== "string" || typeof client !== "string" || !isRecord(form)) return wrong;
  const fields: Record<string, string> = {};
  for (const [name, field] of Object.entries(form)) {
    if (typeof field !== "string") return wrong;
    fields[name] = field;
  }
  const mode = QUESTION_MODES.find((name) => name === value["mode"]) ?? "sentence";
  return { mode, sentence, log, client, form: fields };
};

const readDocuments = (value: unknown): Document[] | string => {
  if (!Array.isArray(value)) return "its documents are not a list";
  if (value.length > LIMITS.documents) return `it contains more than ${LIMITS.documents} documents`;
  const documents: Document[] = [];
  for (const item of value as unknown[]) {
    if (!isRecord(item)) return "one of its documents is not a document";
    const { name, text } = item;
    if (typeof name !== "string" || nameFault(name, documents) !== null) return "one of its documents has no valid name";
    if (typeof text !== "string") return `its document ${name} has no text`;
    // As the editor keeps it, so that places in answers are places in the editor.
    documents.push({ name, text: text.replace(/\r\n?/g, "\n") });
  }
  return documents;
};

/** What is wrong with a name among others; null when nothing is. */
export const nameFault = (name: string, others: readonly Document[]): string | null => {
  if (name.trim() === "") return "A document needs a name.";
  if (name.length > LIMITS.nameLength) return `A name has at most ${LIMITS.nameLength} characters.`;
  if (/[\p{Cc}\p{Cf}]/u.test(name)) return "A name has no control characters.";
  if (others.some((other) => other.name === name)) return `A document ${name} exists already.`;
  return null;
};

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const sameDocuments = (a: readonly Document[], b: readonly Document[]): boolean =>
  a.length === b.length && a.every((one, index) => one.name === b[index]?.name && one.text === b[index]?.text);
