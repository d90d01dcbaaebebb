import wasm from "egressc/egressc_bg.wasm?url";
import { Lane, type Outcome } from "./lane";
import type * as words from "./words";

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
const quick = new Lane(module);
const compiling = new Lane(module);
const asking = new Lane(module);

export const check = (request: words.CheckRequest): Promise<Outcome<words.CheckResponse>> =>
  quick.ask("check", "check", request);
export const explain = (request: words.ExplainRequest): Promise<Outcome<words.ExplainResponse>> =>
  quick.ask("explain", "explain", request);
export const schema = (request: words.SchemaRequest): Promise<Outcome<words.SchemaResponse>> =>
  quick.ask(`schema ${request.kind}`, "schema", request);
export const about = (): Promise<Outcome<words.AboutResponse>> => quick.ask("about", "about", {});

export const compile = (request: words.CompileRequest): Promise<Outcome<words.CompileResponse>> =>
  compiling.ask("compile", "compile", request);
export const forgetCompile = (): void => compiling.forget("compile");

export const trace = (request: words.TraceRequest): Promise<Outcome<words.TraceResponse>> =>
  asking.ask("trace", "trace", request);
export const reach = (request: words.ReachRequest): Promise<Outcome<words.ReachResponse>> =>
  asking.ask("reach", "reach", request);
export const diff = (request: words.DiffRequest): Promise<Outcome<words.DiffResponse>> =>
  asking.ask("diff", "diff", request);
