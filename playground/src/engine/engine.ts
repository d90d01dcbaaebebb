import wasm from "egressc/egressc_bg.wasm?url";
import { WorkerQueue, type Outcome } from "./worker-queue";
import type * as types from "./types";

const compiled = async (): Promise<WebAssembly.Module> => {
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`${response.url} answers ${response.status}`);
  // Not compileStreaming, which needs the server to know the media type of WebAssembly.
  return WebAssembly.compile(await response.arrayBuffer());
};

const module = compiled();
module.catch(() => {
  // Every call says it; this only keeps it from being reported as unhandled too.
});

/** Short calls: they must not wait for a long compile. */
const quick = new WorkerQueue(module);
const compiling = new WorkerQueue(module);
const asking = new WorkerQueue(module);

export const check = (request: types.CheckRequest): Promise<Outcome<types.CheckResponse>> =>
  quick.ask("check", "check", request);
export const explain = (request: types.ExplainRequest): Promise<Outcome<types.ExplainResponse>> =>
  quick.ask("explain", "explain", request);
export const schema = (request: types.SchemaRequest): Promise<Outcome<types.SchemaResponse>> =>
  quick.ask(`schema ${request.kind}`, "schema", request);
export const about = (): Promise<Outcome<types.AboutResponse>> => quick.ask("about", "about", {});

export const compile = (request: types.CompileRequest): Promise<Outcome<types.CompileResponse>> =>
  compiling.ask("compile", "compile", request);
export const forgetCompile = (): void => compiling.forget("compile");

export const trace = (request: types.TraceRequest): Promise<Outcome<types.TraceResponse>> =>
  asking.ask("trace", "trace", request);
export const reach = (request: types.ReachRequest): Promise<Outcome<types.ReachResponse>> =>
  asking.ask("reach", "reach", request);
export const diff = (request: types.DiffRequest): Promise<Outcome<types.DiffResponse>> =>
  asking.ask("diff", "diff", request);
