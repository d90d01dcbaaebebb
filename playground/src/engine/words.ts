// The words of the calls. Those of the package are generated from Rust.
export type {
  AboutResponse,
  CheckRequest,
  CheckResponse,
  CompileRequest,
  CompileResponse,
  Diagnostic,
  ExplainRequest,
  ExplainResponse,
  Fix,
  OriginRow,
  Place,
  ResourceOrigins,
  SchemaRequest,
  SchemaResponse,
  Severity,
  Source,
} from "egressc/init";

import type { Diagnostic, Place, Source } from "egressc/init";

export type Scheme = "http" | "https" | "grpc" | "tls" | "tcp";
export type Verdict = "allowed" | "blocked" | "diverted" | "unknown";
export type Encryption = "plain" | "mtls" | "tls" | "tls-in-mtls";
export type ClientPath = "sidecar" | "direct" | "none";

export interface QueryClient {
  namespace: string;
  labels?: Record<string, string>;
  serviceAccount?: string | null;
  path?: ClientPath;
  gateway?: string | null;
  outerSni?: string | null;
}
export interface QueryTarget {
  scheme: Scheme;
  host: string;
  port?: number | null;
  sni?: string | null;
  method?: string | null;
  path?: string | null;
  headers?: Record<string, string>;
}
export interface Query {
  from: QueryClient;
  to: QueryTarget;
}
export interface Reached {
  host: string;
  port: number;
  tls: boolean;
  sni: string | null;
}
export interface Hop {
  at: "sidecar" | "gateway" | "origin";
  listener: string | null;
  chain: string | null;
  route: string | null;
  cluster: string | null;
  encryption: Encryption | null;
  decidedBy: number[];
}
export interface Decision {
  kind: string;
  namespace: string;
  name: string;
  span: Place | null;
  policy: string | null;
  rule: string | null;
}
export interface Trace {
  query: Query;
  verdict: Verdict;
  status: number | null;
  closed: boolean;
  gateway: string | null;
  reached: Reached | null;
  responseFlags: string | null;
  upstreamCluster: string | null;
  hops: Hop[];
  decidedBy: Decision[];
  unknown: string[];
  notes: string[];
}
export interface TraceRequest {
  sources: Source[];
  query?: Query | null;
  ask?: string | null;
  accessLog?: string | null;
}
export interface TraceResponse {
  ok: boolean;
  trace: Trace | null;
  declared: boolean | null;
  hint: string | null;
  diagnostics: Diagnostic[];
}
export interface FlowClient {
  namespace: string | null;
  labels: Record<string, string>;
  serviceAccount: string | null;
  path: ClientPath;
  description: string;
}
export interface FlowTarget {
  scheme: Scheme;
  host: string;
  port: number;
}
export interface Flow {
  from: FlowClient;
  to: FlowTarget;
  verdict: Verdict;
  declared: boolean;
  bypass: boolean;
  gateway: string | null;
  gatewayPort: number | null;
  toGateway: Encryption | null;
  toHost: Encryption | null;
  reached: Reached | null;
  status: number | null;
  responseFlags: string | null;
  policy: string | null;
  rule: string | null;
  place: Place | null;
  unknown: string[];
}
export interface ReachRequest {
  sources: Source[];
}
export interface ReachResponse {
  ok: boolean;
  flows: Flow[];
  diagnostics: Diagnostic[];
}
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
