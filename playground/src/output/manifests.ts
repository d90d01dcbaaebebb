// The compiled YAML stream, resource by resource.
import type { ResourceOrigins } from "../engine/types";

export interface Manifest {
  /** Position in the order of applying. */
  index: number;
  kind: string;
  namespace: string;
  name: string;
  /** Its document, `---` included. */
  text: string;
  origins: ResourceOrigins;
}

/** A `---` of its own line starts a document: inside of one, egressc writes every text indented. */
export const split = (yaml: string, origins: readonly ResourceOrigins[]): Manifest[] => {
  const texts = yaml.split(/^(?=---\n)/m).filter((text) => text !== "");
  if (texts.length !== origins.length) {
    throw new Error(`the output has ${texts.length} documents for ${origins.length} resources`);
  }
  return origins.map((origin, index) => ({
    index,
    kind: origin.kind,
    namespace: origin.namespace,
    name: origin.name,
    text: texts[index] ?? "",
    origins: origin,
  }));
};

/** The file of a resource, named as `egressc compile --output` names it. */
export const fileName = ({ kind, namespace, name }: Manifest): string =>
  `${kind.toLowerCase()}_${namespace}_${name}.yaml`;

/** Kinds in the order in which they first appear, which is the order of applying. */
export const kinds = (manifests: readonly Manifest[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const { kind } of manifests) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
};

/** A command for a shell that applies a text. The delimiter is quoted, so that the shell changes nothing in it. */
export const heredoc = (yaml: string): string => {
  const lines = new Set(yaml.split("\n"));
  let delimiter = "EGRESSC";
  for (let number = 2; lines.has(delimiter); number += 1) delimiter = `EGRESSC_${number}`;
  return `kubectl apply -f - <<'${delimiter}'\n${yaml.endsWith("\n") ? yaml : `${yaml}\n`}${delimiter}\n`;
};
