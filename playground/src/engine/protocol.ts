/** What a worker is told first. */
export interface Start {
  module: WebAssembly.Module;
}

/** A call. */
export interface Question {
  id: number;
  call: string;
  request: unknown;
}

/** What comes of it. */
export type Answer =
  | { id: number; kind: "answered"; value: unknown; milliseconds: number }
  /** The call is wrong in itself. */
  | { id: number; kind: "misused"; message: string }
  /** The module stopped. */
  | { id: number; kind: "crashed"; message: string };
