// egressc's own JSON Schemas, as far as they are used: which fields there are, and what they mean.
import * as engine from "../engine/engine";
import type { SchemaRequest } from "../engine/types";

export interface Schema {
  type?: string;
  description?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  anyOf?: Schema[];
  additionalProperties?: Schema | boolean;
  minimum?: number;
  maximum?: number;
}

const KINDS: Record<string, SchemaRequest["kind"]> = {
  ASMEgressTrafficPolicy: "policy",
  EgressPolicy: "egress-policy",
  MeshEnvironment: "environment",
  EgressExpectations: "expectations",
  CheckConfiguration: "configuration",
};

export const KNOWN_KINDS = Object.keys(KINDS);

const fetched = new Map<string, Promise<Schema | null>>();

export const schemaOf = (kind: string): Promise<Schema | null> => {
  const known = KINDS[kind];
  if (known === undefined) return Promise.resolve(null);
  let schema = fetched.get(kind);
  if (schema === undefined) {
    schema = engine
      .schema({ kind: known })
      .then((outcome) => (outcome.kind === "answered" ? (outcome.value.schema as Schema) : null));
    fetched.set(kind, schema);
  }
  return schema;
};

/** What belongs at a path; null stands for an item of a list. */
export const at = (root: Schema, path: readonly (string | null)[]): Schema | null => {
  let schema: Schema | undefined = root;
  for (const key of path) {
    if (key === null) schema = schema.items;
    else {
      const rest: Schema | boolean | undefined = schema.additionalProperties;
      schema = schema.properties?.[key] ?? (typeof rest === "object" ? rest : undefined);
    }
    if (schema === undefined) return null;
  }
  return schema;
};

/** The type in a few words. */
export const typeName = (schema: Schema): string => {
  if (schema.enum !== undefined) return schema.enum.length === 1 ? String(schema.enum[0]) : "one of";
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeName).join(" or ");
  if (schema.type === "array") return `list of ${schema.items === undefined ? "any" : typeName(schema.items)}`;
  if (schema.type === "integer" && schema.minimum !== undefined && schema.maximum !== undefined) {
    return `${schema.minimum} to ${schema.maximum}`;
  }
  return { object: "mapping", string: "text", boolean: "true or false", integer: "number" }[schema.type ?? ""] ?? "any";
};

/** The values that can be offered. */
export const values = (schema: Schema): string[] => {
  if (schema.enum !== undefined) return schema.enum.map(String);
  if (schema.type === "boolean") return ["true", "false"];
  return (schema.anyOf ?? []).flatMap(values);
};
