// The repository's own examples, read when the site is built.
import type { Document } from "./state";

const files = import.meta.glob<string>("../../../examples/*/*.{yaml,yml,json}", {
  query: "?raw",
  import: "default",
  eager: true,
});

export interface Example {
  id: string;
  title: string;
  documents: Document[];
}

/** From simple to rich; what is not named here comes after, by name. */
const FIRST = ["http", "https-upgrade", "https-passthrough", "tcp", "authorization"];

const ACRONYMS = new Set(["http", "https", "tcp", "tls", "dns", "grpc"]);

const title = (id: string): string => {
  const words = id.split("-").map((word) => (ACRONYMS.has(word) ? word.toUpperCase() : word)).join(" ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

const rank = (id: string): number => (FIRST.includes(id) ? FIRST.indexOf(id) : FIRST.length);
const POSITIONS = ["policy.yaml", "mesh.yaml"];
const position = (name: string): number => (POSITIONS.includes(name) ? POSITIONS.indexOf(name) : POSITIONS.length);

const read = (): Example[] => {
  const folders = new Map<string, Document[]>();
  for (const [path, text] of Object.entries(files)) {
    const [folder, name] = path.split("/").slice(-2);
    if (folder === undefined || name === undefined) continue;
    const documents = folders.get(folder) ?? [];
    documents.push({ name, text });
    folders.set(folder, documents);
  }
  return [...folders]
    .filter(([, documents]) => documents.some(({ text }) => text.includes("kind: ASMEgressTrafficPolicy")))
    .map(([id, documents]) => ({
      id,
      title: title(id),
      documents: documents.sort((a, b) => position(a.name) - position(b.name) || (a.name < b.name ? -1 : 1)),
    }))
    .sort((a, b) => rank(a.id) - rank(b.id) || (a.id < b.id ? -1 : 1));
};

export const examples = read();
