import { useEffect, useState } from "preact/hooks";
import type { Outcome } from "../engine/lane";

/** What a pane knows about its question. */
export interface Asked<A> {
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
export const useAsked = <A>(key: readonly unknown[] | null, ask: () => Promise<Outcome<A>>): Asked<A> => {
  const [asked, setAsked] = useState<Asked<A>>({ answer: null, current: false, fault: null });
  const [patience, setPatience] = useState(0);
  useEffect(() => {
    if (key === null) {
      setAsked({ answer: null, current: true, fault: null });
      return;
    }
    setAsked((old) => ({ ...old, current: false }));
    let stale = false;
    const timer = setTimeout(async () => {
      const outcome = await ask();
      if (stale || outcome.kind === "superseded") return;
      if (outcome.kind === "answered") {
        setPatience(outcome.milliseconds < 30 ? 0 : Math.min(outcome.milliseconds / 4, 400));
        setAsked({ answer: outcome.value, current: true, fault: null });
      } else {
        setAsked({ answer: null, current: true, fault: outcome.message });
      }
    }, patience);
    return () => {
      stale = true;
      clearTimeout(timer);
    };
  }, key ?? [null]);
  return asked;
};
