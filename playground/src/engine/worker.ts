// One module in one worker, answering one call at a time. A call that runs cannot be stopped from within:
// whoever started the worker ends it and starts another.
import * as egressc from "egressc/init";
import type { Answer, Question, Start } from "./protocol";

const calls = egressc as unknown as Record<string, (request: unknown) => unknown>;

const post = (answer: Answer) => self.postMessage(answer);

const answer = ({ id, call, request }: Question): Answer => {
  const started = performance.now();
  try {
    const run = calls[call];
    if (run === undefined) return { id, kind: "misused", message: `this build has no call \`${call}\`` };
    const value = run(request);
    return { id, kind: "answered", value: slim(value), milliseconds: performance.now() - started };
  } catch (thrown) {
    if (thrown instanceof egressc.EgresscUsageError) return { id, kind: "misused", message: thrown.message };
    return { id, kind: "crashed", message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
};

/** The page shows resources as text; copying thousands of them as objects would cost more than making them. */
const slim = (value: unknown): unknown => {
  if (typeof value === "object" && value !== null && "resources" in value) return { ...value, resources: [] };
  return value;
};

let loaded: Promise<void> | undefined;

self.addEventListener("message", async ({ data }: MessageEvent<Start | Question>) => {
  if ("module" in data) {
    loaded = egressc.init(data.module);
    return;
  }
  try {
    await loaded;
  } catch (thrown) {
    post({ id: data.id, kind: "crashed", message: String(thrown) });
    return;
  }
  post(answer(data));
});
