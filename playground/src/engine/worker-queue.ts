import type { Answer, Question, Start } from "./protocol";
import EgresscWorker from "./worker?worker&inline";

/** What comes of a call, seen from the page. */
export type Outcome<T> =
  | { kind: "answered"; value: T; milliseconds: number }
  /** A newer call of the same topic took its place. */
  | { kind: "superseded" }
  | { kind: "failed"; message: string };

interface Job {
  topic: string;
  question: Question;
  settle: (outcome: Outcome<unknown>) => void;
}

/** A run that has taken longer than this is ended when it is superseded; a shorter one is cheaper to wait for. */
const WORTH_ENDING_MILLISECONDS = 40;

/**
 * One worker that answers one call at a time.
 *
 * Of each topic only the newest call is kept: a waiting one is dropped, and a running one is ended together with its
 * worker, since a call into WebAssembly cannot be interrupted. The module is compiled once, so a new worker is cheap.
 */
export class WorkerQueue {
  readonly #module: Promise<WebAssembly.Module>;
  #worker: Worker | undefined;
  #running: (Job & { since: number }) | undefined;
  #waiting: Job[] = [];
  #lastId = 0;

  constructor(module: Promise<WebAssembly.Module>) {
    this.#module = module;
    this.#start();
  }

  ask<T>(topic: string, call: string, request: unknown): Promise<Outcome<T>> {
    return new Promise((resolve) => {
      const settle = resolve as (outcome: Outcome<unknown>) => void;
      this.#supersede(topic);
      this.#waiting.push({ topic, question: { id: ++this.#lastId, call, request }, settle });
      this.#next();
    });
  }

  /** Drops what is asked under a topic. */
  forget(topic: string): void {
    this.#supersede(topic);
    this.#next();
  }

  #supersede(topic: string): void {
    this.#waiting = this.#waiting.filter((job) => {
      if (job.topic !== topic) return true;
      job.settle({ kind: "superseded" });
      return false;
    });
    const running = this.#running;
    if (running?.topic !== topic) return;
    running.settle({ kind: "superseded" });
    if (performance.now() - running.since > WORTH_ENDING_MILLISECONDS) this.#restart();
  }

  #next(): void {
    if (this.#running !== undefined || this.#worker === undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#running = { ...job, since: performance.now() };
    this.#worker.postMessage(job.question);
  }

  #start(): void {
    this.#module.then(
      (module) => {
        const worker = new EgresscWorker();
        worker.addEventListener("message", ({ data }: MessageEvent<Answer>) => this.#settle(data));
        worker.addEventListener("error", (event) => {
          event.preventDefault();
          this.#fail(event.message || "the worker could not start");
        });
        worker.postMessage({ module } satisfies Start);
        this.#worker = worker;
        this.#next();
      },
      (reason: unknown) => this.#fail(`egressc could not be loaded: ${String(reason)}`),
    );
  }

  #restart(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#running = undefined;
    this.#start();
  }

  #settle(answer: Answer): void {
    const job = this.#running;
    if (job === undefined || job.question.id !== answer.id) return;
    this.#running = undefined;
    if (answer.kind === "answered") job.settle(answer);
    else job.settle({ kind: "failed", message: answer.message });
    if (answer.kind === "crashed") this.#restart();
    else this.#next();
  }

  #fail(message: string): void {
    const jobs = [...(this.#running === undefined ? [] : [this.#running]), ...this.#waiting];
    this.#running = undefined;
    this.#waiting = [];
    for (const job of jobs) job.settle({ kind: "failed", message });
  }
}
