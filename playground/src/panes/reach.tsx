import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import * as engine from "../engine/engine";
import type { Flow, Verdict } from "../engine/types";
import { blank, sources } from "../model/analysis";
import { useAnswer } from "../model/use-answer";
import { blockedHow, clientLines, ENCRYPTIONS, formOf, story, targetText, toHostText, VERDICTS } from "../model/flows";
import { documents, pane, question } from "../model/session";
import { Empty } from "../parts/empty";
import { PlaceLink } from "../parts/place-link";
import { NotAsked } from "./diagnosed";
import { ReachPicture } from "./reach-picture";

const verdict = signal<Verdict | null>(null);
const filter = signal("");
/** Whether callers past their sidecar are shown: what a gateway admits, which is more than what a sidecar sends. */
const direct = signal(false);

/** More lines than this are a carpet, not a picture. */
const MOST_LINES = 60;
const ROWS = 100;

const matches = (flow: Flow, words: readonly string[]): boolean => {
  if (words.length === 0) return true;
  const text = `${flow.from.description} ${clientLines(flow.from).join(" ")} ${targetText(flow.to)} ${flow.rule ?? ""} ${flow.gateway ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
};

export const Reach = () => {
  const now = documents.value;
  const from = sources(now);
  const { answer, current, fault } = useAnswer(blank.value ? null : [now], () => engine.reach({ sources: from }));
  const [told, setTold] = useState<readonly Flow[]>([]);
  const [rows, setRows] = useState(ROWS);
  if (blank.value) return <NoFlows />;
  if (fault !== null) return <Empty title="The reachability could not be computed"><p>{fault}</p></Empty>;
  if (answer === null) return <Empty title="Computing which clients can reach which hosts…" />;
  if (!answer.ok) return <NotAsked diagnostics={answer.diagnostics} what="The reachability is unknown" />;
  if (answer.flows.length === 0) return <NoFlows />;
  const words = filter.value.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const matching = answer.flows.filter((flow) => matches(flow, words));
  const found = matching.filter(({ from: { path } }) => (path === "direct") === direct.value);
  const others = matching.length - found.length;
  const shown = verdict.value === null ? found : found.filter((flow) => flow.verdict === verdict.value);
  const drawn = pictured(shown);
  const counts = new Map<Verdict, number>();
  for (const flow of found) counts.set(flow.verdict, (counts.get(flow.verdict) ?? 0) + 1);
  const open = (flow: Flow) => {
    question.value = { ...question.value, mode: "form", form: formOf(flow) };
    pane.value = "trace";
  };
  return (
    <div class="reach" aria-busy={!current}>
      <div class="toolbar">
        <div class="toolbar-end">
          <input
            type="search"
            class="filter"
            placeholder="Filter by workload, host, rule"
            aria-label="Show only flows that contain"
            value={filter.value}
            onInput={(event) => (filter.value = event.currentTarget.value)}
          />
        </div>
        <div class="chips" role="group" aria-label="Verdicts">
          <button type="button" class="chip" aria-pressed={verdict.value === null} onClick={() => (verdict.value = null)}>
            All <span class="number">{found.length.toLocaleString("en")}</span>
          </button>
          {(["allowed", "blocked", "diverted", "unknown"] as const)
            .filter((name) => (counts.get(name) ?? 0) > 0 || name === verdict.value)
            .map((name) => (
              <button
                key={name}
                type="button"
                class={`chip chip-${name}`}
                aria-pressed={verdict.value === name}
                onClick={() => (verdict.value = verdict.value === name ? null : name)}
              >
                {VERDICTS[name]} <span class="number">{(counts.get(name) ?? 0).toLocaleString("en")}</span>
              </button>
            ))}
        </div>
        {(direct.value || others > 0) && (
          <button
            type="button"
            class="chip chip-direct"
            aria-pressed={direct.value}
            title="A workload can call a gateway directly with its own certificate, without the routes of its sidecar. Then only the gateway decides, by namespace or service account."
            onClick={() => (direct.value = !direct.value)}
          >
            Calling the gateway directly <span class="number">{(direct.value ? found.length : others).toLocaleString("en")}</span>
          </button>
        )}
      </div>
      <div class={current ? "reach-body" : "reach-body stale"} tabIndex={0} role="region" aria-label="Flows">
        {shown.length === 0 ? (
          <Empty title="No flow matches" />
        ) : (
          <>
            <ReachPicture flows={drawn} open={open} point={setTold} />
            <p class="told" aria-live="polite">
              {told.length > 0 ? (
                told.slice(0, 3).map((flow, index) => <span key={index}>{story(flow)}</span>)
              ) : (
                <span class="muted">
                  {drawn.length < shown.length
                    ? `The picture shows ${drawn.length} of ${shown.length.toLocaleString("en")} flows. Use the filter to see others.`
                    : "Point at a line to see more, or click it to see the request hop by hop."}
                </span>
              )}
              {told.length > 3 && <span class="muted">and {told.length - 3} more</span>}
            </p>
            <Legend flows={drawn} />
            <FlowTable flows={shown.slice(0, rows)} open={open} />
            {shown.length > rows && (
              <button type="button" class="more" onClick={() => setRows(rows + ROWS)}>
                Show {Math.min(ROWS, shown.length - rows)} more of {(shown.length - rows).toLocaleString("en")}
              </button>
            )}
          </>
        )}
      </div>
    </div>
  );
};

const NoFlows = () => (
  <Empty title="No flows yet">
    <p>When a policy declares hosts, this pane shows which clients reach them and which do not.</p>
  </Empty>
);

/** Those that are drawn: whole clients, as long as the lines last. */
const pictured = (flows: readonly Flow[]): Flow[] => {
  if (flows.length <= MOST_LINES) return [...flows];
  const open = flows.filter(({ verdict: one }) => one !== "blocked").slice(0, MOST_LINES);
  const clients = new Set(open.map(({ from }) => from.description));
  const bystanders = flows.filter(({ verdict: one, from }) => one === "blocked" && (clients.has(from.description) || clients.size < MOST_LINES / 2));
  return [...open, ...bystanders.slice(0, MOST_LINES)];
};

const Legend = ({ flows }: { flows: readonly Flow[] }) => (
  <ul class="legend" aria-label="What the lines mean">
    {(["mtls", "tls-in-mtls", "tls", "plain"] as const).map((encryption) => (
      <li key={encryption}>
        <svg width="34" height="8" aria-hidden="true">
          <path class={`leg leg-${encryption}`} d="M1 4h32" />
          {encryption === "tls-in-mtls" && <path class="leg-core" d="M1 4h32" />}
        </svg>
        {ENCRYPTIONS[encryption]}
      </li>
    ))}
    {flows.some(({ verdict: one }) => one === "diverted") && <Marked class="flow-diverted" text="diverted" />}
    {flows.some(({ bypass }) => bypass) && <Marked class="flow-bypass" text="bypasses every gateway" />}
    <li>
      <svg width="34" height="10" aria-hidden="true">
        <path class="leg-blocked" d="M1 5h16" />
        <path class="cross" d="m18 1 8 8m0-8-8 8" />
      </svg>
      blocked
    </li>
  </ul>
);

/** A line whose colour says more than how it is encrypted. */
const Marked = ({ class: name, text }: { class: string; text: string }) => (
  <li>
    <svg class={name} width="34" height="8" aria-hidden="true">
      <path class="leg" d="M1 4h32" />
    </svg>
    {text}
  </li>
);

const FlowTable = ({ flows, open }: { flows: readonly Flow[]; open: (flow: Flow) => void }) => (
  <table class="flows">
    <caption class="visually-hidden">Flows</caption>
    <thead>
      <tr>
        <th scope="col">From</th>
        <th scope="col">To</th>
        <th scope="col">Outcome</th>
        <th scope="col">Path</th>
        <th scope="col">Rule</th>
      </tr>
    </thead>
    <tbody>
      {flows.map((flow, index) => (
        <FlowRow key={index} flow={flow} open={open} />
      ))}
    </tbody>
  </table>
);

export const VerdictBadge = ({ verdict: name }: { verdict: Verdict }) => (
  <span class={`verdict verdict-${name}`}>{VERDICTS[name]}</span>
);

const FlowRow = ({ flow, open }: { flow: Flow; open: (flow: Flow) => void }) => {
  const [title, subtitle] = clientLines(flow.from);
  return (
    <tr>
      <td>
        <strong>{title}</strong> <span class="muted">{subtitle}</span>
      </td>
      <td>
        <button type="button" class="link mono" onClick={() => open(flow)} aria-label={`Trace ${targetText(flow.to)} from ${flow.from.description}`}>
          {targetText(flow.to)}
        </button>
      </td>
      <td>
        <VerdictBadge verdict={flow.verdict} />
        {flow.bypass && <span class="verdict verdict-bypass">bypasses every gateway</span>}
      </td>
      <td>{flow.verdict === "blocked" ? <span class="muted">{blockedHow(flow)}</span> : <Way flow={flow} />}</td>
      <td>
        {flow.rule !== null && <span>{flow.rule} </span>}
        {flow.place !== null && <PlaceLink place={flow.place} />}
      </td>
    </tr>
  );
};

export const Way = ({ flow }: { flow: Flow }) => (
  <span class="way">
    {flow.toGateway !== null && <span class={`pill pill-${flow.toGateway}`}>{ENCRYPTIONS[flow.toGateway]}</span>}
    {flow.gateway !== null && (
      <span>
        {flow.gateway}
        {flow.gatewayPort !== null && `:${flow.gatewayPort}`}
      </span>
    )}
    {flow.toHost !== null && (
      <span class={`pill pill-${flow.unverified === "nothing" ? flow.toHost : "plain"}`}>{toHostText(flow)}</span>
    )}
    {flow.verdict === "diverted" && flow.reached !== null && (
      <span>
        to {flow.reached.host}:{flow.reached.port}
      </span>
    )}
  </span>
);
