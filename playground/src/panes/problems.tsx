import { computed } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";
import type { Diagnostic, ExplainResponse } from "../engine/types";
import * as engine from "../engine/engine";
import { blank, diagnostics, errors, failure, warnings } from "../model/analysis";
import { edits, page } from "../model/links";
import { phoneView } from "../model/session";
import { Dialog } from "../parts/dialog";
import { PlaceLink } from "../parts/place-link";
import { SeverityMark } from "../parts/severity";

/** So many are listed at first; a policy can have thousands of faults. */
const SHOWN = 100;

const RANKS = { error: 0, warning: 1, note: 2 };
/** The worst first, and those of a kind in reading order. */
const ranked = computed(() => diagnostics.value.toSorted((a, b) => RANKS[a.severity] - RANKS[b.severity]));

export const count = (number: number, what: string): string => `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;

export const summary = (): string => {
  const parts = [];
  if (errors.value > 0) parts.push(count(errors.value, "error"));
  if (warnings.value > 0) parts.push(count(warnings.value, "warning"));
  const notes = diagnostics.value.length - errors.value - warnings.value;
  if (notes > 0) parts.push(count(notes, "note"));
  return parts.length === 0 ? "No problems" : parts.join(", ");
};

export const Problems = () => {
  const [shown, setShown] = useState(SHOWN);
  const found = ranked.value;
  return (
    <>
      {failure.value !== null && (
        <p class="banner banner-error" role="alert">
          egressc did not answer: {failure.value}
        </p>
      )}
      {found.length === 0 ? (
        <p class="problems-none">{blank.value ? "Nothing to check yet." : "Nothing to report."}</p>
      ) : (
        <ol class="problems">
          {found.slice(0, shown).map((diagnostic, index) => (
            <Problem key={index} diagnostic={diagnostic} />
          ))}
        </ol>
      )}
      {found.length > shown && (
        <button type="button" class="more" onClick={() => setShown(shown + SHOWN)}>
          Show {Math.min(SHOWN, found.length - shown)} more of {(found.length - shown).toLocaleString("en")}
        </button>
      )}
    </>
  );
};

const Problem = ({ diagnostic }: { diagnostic: Diagnostic }) => {
  const { code, severity, message, labels, notes, help, fix } = diagnostic;
  return (
    <li class={`problem problem-${severity}`}>
      <SeverityMark severity={severity} />
      <div class="problem-body">
        <p class="problem-message">
          <Ticked text={message} />
        </p>
        <p class="problem-where">
          <button type="button" class="link code" onClick={() => (page.value = code)} aria-label={`${code}: what it means`}>
            {code}
          </button>
          {labels.map((label, index) => (
            <span key={index}>
              <PlaceLink place={label} />
              {label.message !== "" && (
                <>
                  {" "}
                  <Ticked text={label.message} />
                </>
              )}
            </span>
          ))}
        </p>
        {notes.map((note, index) => (
          <p key={index} class="problem-note">
            <Ticked text={note} />
          </p>
        ))}
        {help !== null && (
          <p class="problem-help">
            <Ticked text={help} />
          </p>
        )}
        {fix !== null && (
          <button
            type="button"
            class="fix"
            onClick={() => {
              phoneView.value = "documents";
              edits.value = fix;
            }}
          >
            <Ticked text={fix.title} />
          </button>
        )}
      </div>
    </li>
  );
};

/** Backticks around the user's text become code. */
export const Ticked = ({ text }: { text: string }) => (
  <>{text.split(/`([^`]+)`/).map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))}</>
);

/** The page of a code. */
export const CodePage = () => {
  const code = page.value;
  const [answer, setAnswer] = useState<{ code: string; summary: string; html: string } | { fault: string } | null>(null);
  useEffect(() => {
    setAnswer(null);
    if (code === null) return;
    let stale = false;
    const load = async () => {
      const [outcome, { micromark }] = await Promise.all([engine.explain({ code }), import("micromark")]);
      if (stale || outcome.kind === "superseded") return;
      if (outcome.kind === "failed") setAnswer({ fault: outcome.message });
      else setAnswer(rendered(outcome.value, micromark));
    };
    load().catch((thrown: unknown) => setAnswer({ fault: String(thrown) }));
    return () => {
      stale = true;
    };
  }, [code]);
  if (code === null) return null;
  return (
    <Dialog title={answer !== null && "code" in answer ? `${answer.code}: ${answer.summary}` : code} close={() => (page.value = null)}>
      {answer === null && <p>…</p>}
      {answer !== null && "fault" in answer && <p role="alert">{answer.fault}</p>}
      {answer !== null && "html" in answer && <div class="page" dangerouslySetInnerHTML={{ __html: answer.html }} />}
    </Dialog>
  );
};

/** micromark leaves HTML and unsafe links out unless it is told otherwise. Long examples scroll, so Tab stops at them. */
const rendered = ({ code, summary: line, page: text }: ExplainResponse, micromark: (text: string) => string) => ({
  code,
  summary: line,
  html: micromark(text.replace(/^# .*\n/, "")).replaceAll("<pre>", '<pre tabindex="0">'),
});
