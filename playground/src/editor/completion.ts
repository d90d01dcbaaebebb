import {
  snippetCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { at, KNOWN_KINDS, schemaOf, typeName, values, type Schema } from "./schemas";
import { ticked } from "./ticked";
import { spot, type Spot } from "./yaml-spot";

/** Fields and values of policies and mesh facts. */
export const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
  const found = spot(context.state.doc.toString(), context.pos);
  if (found === null) return null;
  const { spot: place, kind } = found;
  const typed = context.pos > place.from;
  if (!typed && !context.explicit && place.at === "key") return null;
  if (kind === null) return beginnings(place);
  const root = await schemaOf(kind);
  const schema = root === null ? null : at(root, place.path);
  if (schema === null || context.aborted) return null;
  const options = place.at === "key" && schema.type === "object" ? keys(schema, place) : scalars(schema);
  if (options.length === 0) return null;
  return { from: place.from, options, validFor: /^[\w./-]*$/ };
};

/** Before a document says what it is. */
const beginnings = (place: Spot): CompletionResult | null => {
  if (place.path.length === 1 && place.path[0] === "kind") {
    return { from: place.from, options: KNOWN_KINDS.map((label) => ({ label, type: "type" })) };
  }
  if (place.path.length > 0 || place.at === "value") return null;
  return {
    from: place.from,
    options: [
      snippetCompletion(
        "apiVersion: istio.alibabacloud.com/v1\nkind: ASMEgressTrafficPolicy\nmetadata:\n  name: egress-by-${egressgateway}\n  namespace: istio-egress\nspec:\n  byEgressGateway:\n    name: ${egressgateway}\n  egressRules:\n  - from:\n    - namespace: ${default}\n    to:\n    - name: ${service}\n      hosts:\n      - ${www.example.com}\n      port:\n        number: ${443}\n        protocol: ${HTTPS}\n",
        { label: "ASMEgressTrafficPolicy", detail: "a whole policy", type: "class" },
      ),
      snippetCompletion(
        "apiVersion: egressc.dev/v1alpha1\nkind: EgressPolicy\nmetadata:\n  name: egress-by-${egressgateway}\n  namespace: istio-egress\nspec:\n  byEgressGateway:\n    name: ${egressgateway}\n  egressRules:\n  - from:\n    - namespace: ${default}\n      workloadSelector: {app: ${client}}\n    to:\n    - name: ${service}\n      hosts:\n      - ${www.example.com}\n      port:\n        number: ${80}\n        protocol: ${HTTP}\n      httpsUpgrade: {enabled: true}\n      allow:\n      - methods: [GET, HEAD]\n",
        { label: "EgressPolicy", detail: "a whole policy with rules about requests", type: "class" },
      ),
      snippetCompletion(
        "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata:\n  name: ${mesh}\nspec:\n  outboundTrafficPolicy: REGISTRY_ONLY\n  gateways:\n  - name: ${egressgateway}\n    ports:\n    - {port: 80, targetPort: 80, class: http}\n    - {port: 443, targetPort: 443, class: tls}\n",
        { label: "MeshEnvironment", detail: "description of the mesh", type: "class" },
      ),
    ],
  };
};

const keys = (schema: Schema, place: Spot): Completion[] => {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {})
    .filter(([name]) => !place.siblings.has(name))
    .map(([name, field]) => ({
      label: name,
      apply: applied(name, field, place),
      detail: typeName(field),
      type: "property",
      boost: required.has(name) ? 10 : 0,
      ...(field.description === undefined ? {} : { info: explanation(field.description) }),
    }));
};

const explanation = (text: string) => (): Node => {
  const dom = document.createElement("div");
  dom.append(ticked(text));
  return dom;
};

/** A key with what has to follow it, so that the next thing can be typed at once. */
const applied = (name: string, field: Schema, { column, flow }: Spot): string => {
  const indent = " ".repeat(column);
  if (flow) return `${name}: `;
  if (field.type === "array") return `${name}:\n${indent}- `;
  if (field.type === "object") return `${name}:\n${indent}  `;
  return `${name}: `;
};

const scalars = (schema: Schema): Completion[] =>
  values(schema).map((value) => ({
    label: value,
    type: "enum",
    // Bare, YAML 1.1 reads it as a boolean.
    apply: /^(on|off|yes|no)$/i.test(value) ? `"${value}"` : value,
  }));
