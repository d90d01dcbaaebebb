// The words of the calls, as they are generated from Rust.
export type {
  AboutResponse,
  CheckRequest,
  CheckResponse,
  CompileRequest,
  CompileResponse,
  Decision,
  Diagnostic,
  Encryption,
  ExplainRequest,
  ExplainResponse,
  Fix,
  Flow,
  FlowClient,
  Hop,
  OriginRow,
  Place,
  Query,
  ReachRequest,
  ReachResponse,
  ResourceOrigins,
  SchemaRequest,
  SchemaResponse,
  Scheme,
  Severity,
  Source,
  Trace,
  TraceRequest,
  TraceResponse,
  Verdict,
} from "egressc/init";

import type { Diagnostic, Flow, Place, Source } from "egressc/init";

export type ChangeKind =
  | "gained"
  | "lost"
  | "rerouted"
  | "weakened"
  | "strengthened"
  | "widened"
  | "narrowed"
  | "unknown";
export interface Change {
  kind: ChangeKind;
  message: string;
  before: Flow | null;
  after: Flow | null;
  place: Place | null;
  untouched: boolean;
}
export interface ApplyStep {
  action: "apply" | "delete";
  kind: string;
  namespace: string;
  name: string;
  transitional: unknown;
  reason: string;
}
export interface DiffRequest {
  before: Source[];
  after: Source[];
}
export interface DiffResponse {
  ok: boolean;
  changes: Change[];
  widened: boolean;
  affectedNamespaces: string[];
  order: ApplyStep[];
  diagnostics: Diagnostic[];
}
