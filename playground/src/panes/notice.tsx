import { useEffect, useState } from "preact/hooks";
import { notice, restore } from "../model/session";
import { Cross } from "../parts/dialog";

/** Long enough to read it, and longer where there is something to decide. */
const SHORT = 8_000;
const LONG = 20_000;

/** What was just done, for a while. It lies over the page, so that nothing moves when it comes and goes. */
export const Notice = () => {
  const now = notice.value;
  // While somebody points at it or is in it, it stays.
  const [held, setHeld] = useState(false);
  useEffect(() => setHeld(false), [now]);
  useEffect(() => {
    if (now === null || held) return;
    const brief = now.tone === "note" && now.undo === undefined;
    const timer = setTimeout(() => (notice.value = null), brief ? SHORT : LONG);
    return () => clearTimeout(timer);
  }, [now, held]);
  return (
    <div class="notice-area" role="status">
      {now !== null && (
        <div
          class={`notice notice-${now.tone}`}
          onMouseEnter={() => setHeld(true)}
          onMouseLeave={() => setHeld(false)}
          onFocusIn={() => setHeld(true)}
          onFocusOut={() => setHeld(false)}
        >
          <span>{now.text}</span>
          {now.undo !== undefined && (
            <button
              type="button"
              class="link"
              onClick={() => {
                if (now.undo !== undefined) restore(now.undo);
                notice.value = null;
              }}
            >
              Go back
            </button>
          )}
          <button type="button" class="quiet" aria-label="Dismiss" onClick={() => (notice.value = null)}>
            <Cross />
          </button>
        </div>
      )}
    </div>
  );
};
