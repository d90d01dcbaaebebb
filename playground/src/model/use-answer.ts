import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../engine/worker-queue";

/** What a pane knows about its question. */
export interface AnswerState<A> {
  /** The newest answer, perhaps to an older question. */
  answer: A | null;
  /** Whether the answer is to the present question. */
  current: boolean;
  fault: string | null;
}

/**
 * Asks a question whenever it changes, and keeps the last answer until the next one is there.
 *
 * The key is what a question depends on; `null` asks nothing.
 */
export const useAnswer = <A>(key: readonly unknown[] | null, ask: () => Promise<Outcome<A>>): AnswerState<A> => {
  const [state, setState] = useState<AnswerState<A>>({ answer: null, current: false, fault: null });
  const [patience, setPatience] = useState(0);
  useEffect(() => {
    if (key === null) {
      setState({ answer: null, current: true, fault: null });
      return;
    }
    setState((old) => ({ ...old, current: false }));
    let stale = false;
    const timer = setTimeout(async () => {
      const outcome = await ask();
      if (stale || outcome.kind === "superseded") return;
      if (outcome.kind === "answered") {
        setPatience(outcome.milliseconds < 30 ? 0 : Math.min(outcome.milliseconds / 4, 400));
        setState({ answer: outcome.value, current: true, fault: null });
      } else {
        setState({ answer: null, current: true, fault: outcome.message });
      }
    }, patience);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, key ?? [null]);
  return state;
};
