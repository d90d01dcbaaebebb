// The shared cases as command lines: files in a folder, and what is asked about them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

/** Cases that no command line can say, with the reason. */
export const UNSAYABLE = {
  "about/about": "`--version` says less",
  "check/usage-two-contents": "a file has one content",
  "check/usage-unknown-field": "files have no fields",
  "compile/usage-encoding": "places are always in lines and columns",
  "replay/gateway": "a command line has one client",
  "trace/no-sidecar": "there is no option for a client without a sidecar",
};

/** Writes sources below a folder and gives their paths; what is given as a value is JSON, which is YAML. */
const files = (folder, sources) => sources.map(({ name, text, value }) => {
  const path = normalize(name);
  // A source without content is a file that is not there.
  if (text === undefined && value === undefined) return path;
  mkdirSync(join(folder, dirname(path)), { recursive: true });
  writeFileSync(join(folder, path), text ?? JSON.stringify(value));
  return path;
});

const option = (name, value) => (value === undefined || value === null ? [] : [name, value]);
const client = ({ namespace, labels = {} }) => [namespace, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`)].join(",");

const sentence = (text) => {
  const [from, to] = text.split(" -> ");
  const [, method, url] = to?.match(/^(?:([A-Z]+) )?(.*)$/) ?? [];
  return [...option("--from", from), ...option("--to", url), ...option("--method", method)];
};

const query = ({ from, to }) => [
  "--from", client(from), ...(from.path === "direct" ? ["--direct"] : []), ...option("--service-account", from.serviceAccount),
  "--to", `${to.scheme}://${to.host}${to.port ? `:${to.port}` : ""}${to.path ?? ""}`, ...option("--method", to.method), ...option("--sni", to.sni),
  ...Object.entries(to.headers ?? {}).flatMap(([name, value]) => ["--header", `${name}: ${value}`]),
];

const question = (request) => [
  ...(request.query ? query(request.query) : []),
  ...(request.ask ? sentence(request.ask) : []),
  ...option("--access-log", request.accessLog),
  ...(request.client ? ["--from", client(request.client)] : []),
];

const ASKED = {
  convert: (folder, { sources, to }) => [...files(folder, sources), "--to", to],
  explain: (_, { code }) => [code],
  schema: (_, { kind }) => [kind],
  trace: (folder, request) => [...files(folder, request.sources), ...question(request)],
  diff: (folder, request) => ["before", "after"].filter((side) => request[side] !== undefined).map((side) => {
    mkdirSync(join(folder, side));
    files(join(folder, side), request[side]);
    return side;
  }),
  check: (folder, request) => [...files(folder, request.sources), ...option("--now", request.date)],
  test: (folder, request) => [...files(folder, request.sources), ...(request.mutations ? ["--mutations"] : [])],
};
ASKED.replay = (folder, { sources, logs = [], examples }) => [
  ...files(folder, sources), ...files(folder, logs).flatMap((path) => ["--log", path]),
  ...(logs[0]?.client ? ["--from", client(logs[0].client)] : []), ...option("--gateway", logs[0]?.client?.gateway),
  ...option("--examples", examples && String(examples)),
];
const sources = (folder, request) => files(folder, request.sources);

/** What the command line writes when it is not told how; JSON is the other one of each. */
const FORMATS = { compile: "yaml", check: "text", trace: "text", reach: "table", diff: "text", replay: "text", test: "text" };

/** The command lines of a case: in its own format, and then in JSON, or else for people. */
export const commandLines = (folder, { call, request }) => {
  const asked = (ASKED[call] ?? sources)(folder, request);
  const usual = FORMATS[call];
  if (!usual) return [[call, ...asked]];
  // Without a format the library answers with data alone, which the command line writes as JSON.
  const own = request.format ?? (["compile", "check"].includes(call) ? usual : "json");
  return [own, own === "json" ? usual : "json"].map((format) => [call, ...asked, "--format", format]);
};

/** What the shared answer to a case is, and the exit status that follows from it. */
export const expected = ({ call, request, folder }) => {
  const answer = JSON.parse(readFileSync(join(folder, "response.json"), "utf8"));
  // What the library answers, but no command: nothing to read, and tests without an expectation.
  const isCompared = call !== "replay" || !answer.ok || answer.agree + answer.differ + answer.unknown > 0;
  const nothing = request.sources?.length === 0 || !isCompared || (call === "test" && answer.ok && answer.expectations.length === 0);
  const misuse = answer.usageError !== undefined || nothing;
  const status = misuse ? 2 : answer.ok === false || answer.failed > 0 || answer.differ > 0 ? 1 : 0;
  const written = { compile: "resources", trace: "answer", reach: "answer", test: "answer" }[call];
  const text = status === 0 && written && request.format ? readFileSync(join(folder, `${written}.${request.format}`), "latin1") : undefined;
  return { status, text };
};
