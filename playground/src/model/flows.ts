// Flows in words.
import type { Encryption, Flow, FlowClient, Query, Scheme, Unverified, Verdict } from "../engine/types";

export const ENCRYPTIONS: Record<Encryption, string> = {
  plain: "plain text",
  mtls: "mTLS",
  tls: "TLS",
  "tls-in-mtls": "TLS in mTLS",
};

const UNVERIFIED: Record<Unverified, string> = { nothing: "", name: ", name unverified", everything: ", unverified" };

/** How the bytes travel to the host, and what of the host is taken on trust. */
export const toHostText = ({ toHost, unverified }: Flow): string =>
  toHost === null ? "" : `${ENCRYPTIONS[toHost]}${UNVERIFIED[unverified]}`;

export const VERDICTS: Record<Verdict, string> = {
  allowed: "Allowed",
  blocked: "Blocked",
  diverted: "Diverted",
  unknown: "Unknown",
};

export const labelsText = (labels: Record<string, string>): string =>
  Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");

/** The client in two short lines. */
export const clientLines = ({ namespace, labels, serviceAccount, path }: FlowClient): [string, string] => {
  const known = [labelsText(labels), serviceAccount === null ? "" : `account ${serviceAccount}`].filter((part) => part !== "");
  const noun = path === "direct" ? "account" : "workload";
  const who = known.length > 0 ? known.join(" ") : namespace === null ? `every ${noun}` : `every other ${noun}`;
  const rest = {
    sidecar: who,
    direct: `${who}, calling the gateway directly`,
    ambient: `${who}, in ambient mode`,
    none: `${who}, without a sidecar`,
  }[path];
  if (namespace === null) return ["other namespaces", rest];
  return [namespace, rest];
};

const USUAL: Partial<Record<Scheme, number>> = { http: 80, https: 443 };

/** `name: value` each. */
const headersText = (headers: Record<string, string>, between: string): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join(between);

export const withHeaders = (headers: Record<string, string>): string =>
  Object.keys(headers).length === 0 ? "" : ` with ${headersText(headers, " and ")}`;

/** The name that a request says, where this is not the host that it dials. */
const nameText = (name: string | null): string => {
  if (name === null) return "";
  return name === "" ? " without a name" : ` with the name ${name}`;
};

export const targetText = ({ scheme, host, port, name, message }: Flow["to"]): string => {
  const address = `${scheme}://${host}${USUAL[scheme] === port ? "" : `:${port}`}`;
  const said = message ? `${message.method === null ? "" : `${message.method} `}${address}${message.path ?? ""}${withHeaders(message.headers)}` : address;
  return `${said}${nameText(name)}`;
};

/** What tells some of a destination's requests from the others. */
export const messageText = ({ message }: Flow["to"]): string =>
  message ? `${message.method ?? "GET"} ${message.path ?? "/"}${withHeaders(message.headers)}` : "";

/** A flow in a sentence. */
export const story = (flow: Flow): string => {
  const legs = [];
  if (flow.gateway !== null) {
    const port = flow.gatewayPort === null ? "" : `:${flow.gatewayPort}`;
    legs.push(`${flow.toGateway === null ? "" : `${ENCRYPTIONS[flow.toGateway]} `}to ${flow.gateway}${port}`);
  }
  if (flow.verdict !== "blocked" && flow.toHost !== null) {
    const reached = flow.reached === null ? "the host" : `${flow.reached.host}:${flow.reached.port}`;
    legs.push(`${toHostText(flow)} to ${reached}`);
  }
  const end = flow.verdict === "blocked" ? blockedHow(flow) : legs.join(", then ");
  const past = flow.bypass ? " It bypasses every gateway." : "";
  const reasons = flow.unknown.length === 0 ? "" : ` ${flow.unknown.join("; ")}.`;
  return `${flow.from.description} → ${targetText(flow.to)}: ${flow.verdict}${end === "" ? "" : `, ${end}`}.${past}${reasons}`;
};

export const blockedHow = (flow: Flow): string => {
  const parts = [flow.status === null ? "the connection is closed" : `the response is ${flow.status}`];
  if (flow.responseFlags !== null) parts.push(`flags ${flow.responseFlags}`);
  if (flow.gateway !== null) parts.push(`at ${flow.gateway}`);
  return parts.join(", ");
};

/** A request that stands for a flow, as the fields of the trace form. */
export const formOf = ({ from, to }: Flow): Record<string, string> =>
  filled({
    namespace: from.namespace ?? "another-namespace",
    labels: labelsText(from.labels),
    serviceAccount: from.serviceAccount ?? "",
    path: from.path === "sidecar" ? "" : from.path,
    scheme: to.scheme,
    host: to.host,
    port: String(to.port),
    sni: to.scheme === "https" || to.scheme === "tls" ? (to.name ?? "") : "",
    method: to.message?.method ?? "",
    httpPath: to.message?.path ?? "",
    headers: headersText({ ...(to.name ? { host: to.name } : {}), ...to.message?.headers }, "; "),
  });

/** A flow as a question in one line, where it can be said in one. */
export const sentenceOf = ({ from: { namespace, labels, serviceAccount, path }, to }: Flow): string | null =>
  namespace === null || serviceAccount !== null || path !== "sidecar" || to.message || to.name !== null
    ? null
    : `${[namespace, labelsText(labels)].filter((part) => part !== "").join(",")} -> ${targetText(to)}`;

/** A query as the fields of the trace form. */
export const formOfQuery = ({ from, to }: Query): Record<string, string> =>
  filled({
    namespace: from.namespace,
    labels: labelsText(from.labels ?? {}),
    serviceAccount: from.serviceAccount ?? "",
    path: from.path === undefined || from.path === "sidecar" ? "" : from.path,
    gateway: from.gateway ?? "",
    outerSni: from.outerSni ?? "",
    scheme: to.scheme,
    host: to.host,
    port: to.port === null || to.port === undefined ? "" : String(to.port),
    sni: to.sni === to.host ? "" : (to.sni ?? ""),
    method: to.method ?? "",
    httpPath: to.path ?? "",
    headers: headersText(to.headers ?? {}, "; "),
  });

const filled = (fields: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));

/** `key=value` each; a string says what is wrong. */
const labelsOf = (parts: readonly string[]): Record<string, string> | string => {
  const labels: Record<string, string> = {};
  for (const part of parts.filter((one) => one.trim() !== "")) {
    const [key, ...value] = part.split("=");
    if (key === undefined || value.length === 0) return `${part.trim()} is not a label; write key=value.`;
    labels[key.trim()] = value.join("=").trim();
  }
  return labels;
};

/** `mytest,app=sleep-a` as a client; a string says what is wrong. */
export const clientOf = (text: string): Query["from"] | string => {
  const [namespace = "", ...parts] = text.split(",");
  const labels = labelsOf(parts);
  return typeof labels === "string" ? labels : { namespace: namespace.trim(), labels };
};

/** `name: value` each, between semicolons; a string says what is wrong. */
const headersOf = (text: string): Record<string, string> | string => {
  const headers: Record<string, string> = {};
  for (const part of text.split(";").filter((one) => one.trim() !== "")) {
    const [name = "", ...value] = part.split(":");
    if (name.trim() === "" || value.length === 0) return `${part.trim()} is not a header; write name: value.`;
    headers[name.trim().toLowerCase()] = value.join(":").trim();
  }
  return headers;
};

/** The fields of the trace form as a query; a string says what is wrong. */
export const queryOf = (form: Record<string, string>): Query | string => {
  const text = (name: string): string | null => form[name]?.trim() || null;
  const namespace = text("namespace");
  const host = text("host");
  if (namespace === null || host === null) return "A namespace and a host are required.";
  const labels = labelsOf((text("labels") ?? "").split(","));
  if (typeof labels === "string") return labels;
  const port = text("port");
  if (port !== null && !/^\d{1,5}$/.test(port)) return `${port} is not a port.`;
  const headers = headersOf(text("headers") ?? "");
  if (typeof headers === "string") return headers;
  return {
    from: {
      namespace,
      labels,
      serviceAccount: text("serviceAccount"),
      path: (text("path") ?? "sidecar") as NonNullable<Query["from"]["path"]>,
      gateway: text("gateway"),
      outerSni: text("outerSni"),
    },
    to: {
      scheme: (text("scheme") ?? "https") as Query["to"]["scheme"],
      host,
      port: port === null ? null : Number(port),
      sni: text("sni"),
      method: text("method"),
      path: text("httpPath"),
      headers,
    },
  };
};
