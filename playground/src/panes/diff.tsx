import { computed, signal } from "@preact/signals";
import * as engine from "../engine/engine";
import type { ApplyStep, Change, ChangeKind, DiffResponse, Flow, SettingChange } from "../engine/types";
import { errors, sources } from "../model/analysis";
import { useAnswer } from "../model/use-answer";
import { examples } from "../model/examples";
import { before, documents, notice, snapshot } from "../model/session";
import { sameDocuments, type Document } from "../model/state";
import { Empty } from "../parts/empty";
import { PlaceLink } from "../parts/place-link";
import { Before, BeforeLink } from "./before";
import { NotAsked } from "./diagnosed";
import { count, Ticked } from "./problems";
import { VerdictBadge, Way } from "./reach";

const KINDS: Record<ChangeKind, string> = {
  gained: "Gained",
  widened: "Widened",
  unknown: "Unknown",
  weakened: "Weakened",
  rerouted: "Rerouted",
  lost: "Lost",
  narrowed: "Narrowed",
  strengthened: "Strengthened",
};

const SHOWN = 100;
const more = signal(SHOWN);

const isNothing = (texts: readonly Document[]): boolean => sources(texts).length === 0;

const OWN = "texts of your own";
/** What the comparison is with, in words. */
const origin = computed(() => {
  const now = before.value;
  if (isNothing(now)) return isNothing(documents.value) ? "nothing" : "nothing: everything is new";
  const example = examples.find((one) => sameDocuments(one.documents, now));
  return example === undefined ? OWN : `the example “${example.title}”`;
});

export const Diff = () => {
  const [old, now] = [before.value, documents.value];
  const nothing = isNothing(old) && isNothing(now);
  const same = nothing || sameDocuments(old, now);
  const { answer, current, fault } = useAnswer<DiffResponse>(same ? null : [old, now], () =>
    engine.diff({ before: sources(old), after: sources(now) }),
  );
  const keep = () => {
    const undo = snapshot();
    before.value = documents.value;
    notice.value = { tone: "note", text: "The comparison now uses the present texts as the old ones.", undo };
  };
  const compareWith = (documents: Document[] | undefined) => {
    if (documents === undefined) return;
    // Texts of one's own are not to be had again elsewhere.
    const undo = origin.value === OWN ? snapshot() : undefined;
    before.value = documents;
    if (undo !== undefined) notice.value = { tone: "note", text: "The old texts were replaced.", undo };
  };
  return (
    <div class="diff">
      <div class="toolbar">
        <p>
          Before: <strong>{origin.value}</strong>
        </p>
        <div class="toolbar-end">
          <label class="inline">
            Compare with{" "}
            <select
              value=""
              onChange={(event) => {
                const { value } = event.currentTarget;
                event.currentTarget.value = "";
                compareWith(value === "/nothing" ? [] : examples.find(({ id }) => id === value)?.documents);
              }}
            >
              <option value="" disabled hidden>
                Choose…
              </option>
              <option value="/nothing">nothing</option>
              {examples.map(({ id, title }) => (
                <option key={id} value={id}>
                  {title}
                </option>
              ))}
            </select>
          </label>
          <button type="button" class="button" disabled={same} onClick={keep}>
            Compare with the present texts
          </button>
        </div>
      </div>
      <Before />
      <div class={current ? "diff-body" : "diff-body stale"} tabIndex={0} role="region" aria-label="Differences">
        {same && (
          <Empty title={nothing ? "Nothing to compare yet" : "Nothing has changed yet"}>
            <p>Edit the policy, or paste the old policy under “Old texts”. This pane then shows which flows are gained and lost, and in which order to apply the change.</p>
          </Empty>
        )}
        {!same && fault !== null && <Empty title="The difference could not be computed"><p>{fault}</p></Empty>}
        {!same && fault === null && answer === null && <Empty title="Comparing…" />}
        {!same && answer !== null && <Answer answer={answer} />}
      </div>
    </div>
  );
};

const Answer = ({ answer }: { answer: DiffResponse }) => {
  if (!answer.ok) return <Refused answer={answer} />;
  const { changes, settings, widened, affectedNamespaces, order } = answer;
  return (
    <>
      {changes.length === 0 ? (
        <p class="banner banner-good">No flow changes.</p>
      ) : (
        <p class={widened ? "banner banner-warning" : "banner banner-good"}>
          {widened ? "This change opens a flow or weakens its protection, or the result is unknown." : "This change opens nothing new."}
        </p>
      )}
      {affectedNamespaces.length > 0 && (
        <p class="banner banner-warning">
          It also affects {affectedNamespaces.join(", ")}, and no changed document names these namespaces.
        </p>
      )}
      <ol class="changes">
        {changes.slice(0, more.value).map((change, index) => (
          <ChangeItem key={index} change={change} />
        ))}
      </ol>
      {changes.length > more.value && (
        <button type="button" class="more" onClick={() => (more.value += SHOWN)}>
          Show more of {(changes.length - more.value).toLocaleString("en")}
        </button>
      )}
      {settings.length > 0 && <Settings settings={settings} />}
      {order.length > 0 && <Order order={order} />}
    </>
  );
};

/** What changes for flows that stay as they are. */
const Settings = ({ settings }: { settings: readonly SettingChange[] }) => (
  <details class="order" open>
    <summary>Settings of flows that stay, {count(settings.length, "change")}</summary>
    <ul>
      {settings.slice(0, 500).map(({ message, place }, index) => (
        <li key={index}>
          <Ticked text={message.replace(" -> ", " → ")} /> <PlaceLink place={place} />
        </li>
      ))}
    </ul>
  </details>
);

/** Mistakes in the present texts are listed with the problems; where there are none, they are in the texts before. */
const Refused = ({ answer: { diagnostics } }: { answer: DiffResponse }) => {
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (errors.value > 0 || error === undefined) return <NotAsked diagnostics={diagnostics} what="The texts cannot be compared" />;
  const [place] = error.labels;
  return (
    <Empty title="The old texts have errors">
      <p>
        <Ticked text={error.message} /> {place !== undefined && <BeforeLink place={place} />}
      </p>
    </Empty>
  );
};

const SIGNS: Partial<Record<ChangeKind, string>> = { gained: "+", widened: "+", lost: "−", narrowed: "−" };

const ChangeItem = ({ change: { kind, message, before: old, after, place, untouched } }: { change: Change }) => (
  <li class={`change change-${kind}`}>
    <span class="change-sign" aria-hidden="true">
      {SIGNS[kind] ?? "~"}
    </span>
    <div>
      <p>
        <strong class="change-kind">{KINDS[kind]}</strong> <Ticked text={message.replace(" -> ", " → ")} />{" "}
        {place !== null &&
          // What is gone stands in the text before.
          (kind === "lost" || kind === "narrowed" ? <BeforeLink place={place} /> : <PlaceLink place={place} />)}
        {untouched && <span class="muted"> (no changed document names its namespace)</span>}
      </p>
      {(old !== null || after !== null) && (
        <p class="change-ways">
          <Fared flow={old} />
          <span aria-label="becomes"> → </span>
          <Fared flow={after} />
        </p>
      )}
    </div>
  </li>
);

/** A side that knows nothing of a flow blocks it. */
const Fared = ({ flow }: { flow: Flow | null }) => (
  <>
    <VerdictBadge verdict={flow?.verdict ?? "blocked"} /> {flow !== null && <Way flow={flow} />}
  </>
);

const Order = ({ order }: { order: readonly ApplyStep[] }) => (
  <details class="order">
    <summary>Order in which to apply, {count(order.length, "step")}</summary>
    <ol>
      {order.slice(0, 500).map(({ action, kind, namespace, name, transitional, reason }, index) => (
        <li key={index}>
          <strong>{action}</strong> {kind} <span class="mono">{`${namespace}/${name}`}</span>
          {transitional !== null && <span class="pill pill-plain">temporary</span>} <span class="muted">{reason}</span>
        </li>
      ))}
    </ol>
  </details>
);
