import * as engine from "../engine/engine";
import type { Decision, Hop, ReachResponse, Trace as TraceResult, TraceRequest, TraceResponse } from "../engine/types";
import { blank, sources } from "../model/analysis";
import { useAnswer } from "../model/use-answer";
import { clientOf, ENCRYPTIONS, formOfQuery, labelsText, queryOf, sentenceOf, VERDICTS, withHeaders } from "../model/flows";
import { documents, question } from "../model/session";
import { LIMITS, QUESTION_MODES, type Question } from "../model/state";
import { Empty } from "../parts/empty";
import { PlaceLink } from "../parts/place-link";
import { NotAsked } from "./diagnosed";
import { Ticked } from "./problems";

const MODES: Record<Question["mode"], string> = { sentence: "Sentence", form: "Form", log: "Access log line" };

/** The question as the call takes it; `null` while it is not asked yet, a string when it cannot be. */
const asked = ({ mode, sentence, log, client, form }: Question): Omit<TraceRequest, "sources"> | string | null => {
  if (mode === "sentence") return sentence.trim() === "" ? null : { ask: sentence };
  if (mode === "log") {
    // Whoever pastes several lines asks about the first, as at the command line.
    const line = log.split("\n").find((one) => one.trim() !== "");
    if (line === undefined) return null;
    const whose = client.trim() === "" ? null : clientOf(client);
    return typeof whose === "string" ? whose : { accessLog: line.trim(), client: whose };
  }
  if (Object.values(form).every((field) => field.trim() === "")) return null;
  const query = queryOf(form);
  return typeof query === "string" ? query : { query };
};

export const Trace = () => {
  const now = documents.value;
  const current = question.value;
  const request = asked(current);
  const ready = request !== null && typeof request !== "string";
  const state = useAnswer<TraceResponse>(ready ? [now, JSON.stringify(request)] : null, () =>
    engine.trace({ sources: sources(now), ...(ready ? request : {}) }),
  );
  return (
    <div class="trace">
      <Ask found={state.answer?.trace ?? null} />
      <div class={state.current ? "trace-body" : "trace-body stale"} aria-live="polite" tabIndex={0} role="region" aria-label="Answer">
        {typeof request === "string" && <Empty title={request} />}
        {request === null && current.mode === "log" && (
          <Empty title="Paste a line of an access log">
            <p>The result shows the rule that allows the request, or the rule that is missing. Istio's sidecars write such lines to the log of istio-proxy.</p>
          </Empty>
        )}
        {request === null && current.mode !== "log" && (
          <Empty title="Ask about one request">
            <p>Write the client, an arrow, and the destination.</p>
            <Sample />
          </Empty>
        )}
        {ready && state.fault !== null && <Empty title="This request is not valid"><p><Ticked text={state.fault} /></p></Empty>}
        {ready && state.answer !== null && <Answer answer={state.answer} />}
      </div>
    </div>
  );
};

/** A question that the present policies answer with yes. */
const Sample = () => {
  const now = documents.value;
  const { answer } = useAnswer<ReachResponse>(blank.value ? null : [now], () => engine.reach({ sources: sources(now) }));
  const sentence = answer?.flows.filter(({ declared, verdict }) => declared && verdict === "allowed").map(sentenceOf).find((one) => one !== null);
  if (!sentence) return null;
  return (
    <p>
      Try{" "}
      <button type="button" class="link mono" onClick={() => (question.value = { ...question.value, mode: "sentence", sentence })}>
        {sentence}
      </button>
    </p>
  );
};

const Ask = ({ found }: { found: TraceResult | null }) => {
  const now = question.value;
  const choose = (mode: Question["mode"]) => {
    // The form begins with what the sentence said.
    const form = mode === "form" && now.mode !== "form" && found !== null ? formOfQuery(found.query) : now.form;
    question.value = { ...now, mode, form };
  };
  return (
    <form class="ask" onSubmit={(event) => event.preventDefault()}>
      <fieldset class="modes">
        <legend class="visually-hidden">Form of the request</legend>
        {QUESTION_MODES.map((mode) => (
          <label key={mode}>
            <input type="radio" name="mode" checked={now.mode === mode} onChange={() => choose(mode)} />
            <span>{MODES[mode]}</span>
          </label>
        ))}
      </fieldset>
      {now.mode === "sentence" && (
        <input
          class="sentence"
          aria-label="Question"
          maxLength={LIMITS.fieldLength}
          placeholder="namespace,label=value -> POST https://host/path"
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          value={now.sentence}
          onInput={(event) => (question.value = { ...now, sentence: event.currentTarget.value })}
        />
      )}
      {now.mode === "log" && (
        <>
          <textarea
            class="sentence"
            rows={3}
            maxLength={LIMITS.logLength}
            aria-label="A line of an Envoy access log"
            placeholder="One line of a sidecar's access log, in Istio's text or JSON format"
            spellcheck={false}
            value={now.log}
            onInput={(event) => (question.value = { ...now, log: event.currentTarget.value })}
          />
          <label class="whose">
            <span>Client whose sidecar wrote the line; if empty, egressc tries every client that the policies name</span>
            <input
              class="sentence"
              maxLength={LIMITS.fieldLength}
              placeholder="namespace,label=value"
              spellcheck={false}
              autocomplete="off"
              autocapitalize="off"
              value={now.client}
              onInput={(event) => (question.value = { ...now, client: event.currentTarget.value })}
            />
          </label>
        </>
      )}
      {now.mode === "form" && <Form form={now.form} set={(form) => (question.value = { ...now, form })} />}
    </form>
  );
};

interface FormProps {
  form: Record<string, string>;
  set: (form: Record<string, string>) => void;
}

const Form = ({ form, set }: FormProps) => {
  const change = (name: string) => (event: { currentTarget: HTMLInputElement | HTMLSelectElement }) =>
    set({ ...form, [name]: event.currentTarget.value });
  const field = (name: string, label: string, placeholder: string, wide = false) => (
    <label class={wide ? "wide" : undefined}>
      <span>{label}</span>
      <input value={form[name] ?? ""} maxLength={LIMITS.fieldLength} placeholder={placeholder} spellcheck={false} autocomplete="off" onInput={change(name)} />
    </label>
  );
  const direct = form["path"] === "direct";
  return (
    <div class="form">
      <fieldset>
        <legend>From</legend>
        {field("namespace", "Namespace", "mytest")}
        {field("labels", "Labels", "app=sleep-a")}
        {field("serviceAccount", "Service account", "unknown")}
        <label>
          <span>Kind of client</span>
          <select value={form["path"] ?? "sidecar"} onChange={change("path")}>
            <option value="sidecar">its sidecar</option>
            <option value="direct">calls the gateway directly</option>
            <option value="ambient">ztunnel (ambient mode)</option>
            <option value="none">no sidecar</option>
          </select>
        </label>
        {direct && field("gateway", "Gateway", "chosen by the host")}
        {direct && field("outerSni", "Outer server name", "chosen by the host")}
      </fieldset>
      <fieldset>
        <legend>To</legend>
        <label>
          <span>Speaks</span>
          <select value={form["scheme"] ?? "https"} onChange={change("scheme")}>
            {["http", "https", "grpc", "tls", "tcp"].map((scheme) => (
              <option key={scheme}>{scheme}</option>
            ))}
          </select>
        </label>
        {field("host", "Host", "www.httpbin.org", true)}
        {field("port", "Port", "default")}
        {field("method", "Method", "GET")}
        {field("httpPath", "Path", "/")}
        {field("headers", "Headers", "name: value; …")}
        {field("sni", "Server name", "the host")}
      </fieldset>
    </div>
  );
};

const Answer = ({ answer }: { answer: TraceResponse }) => {
  const { trace, declared, hint, diagnostics } = answer;
  if (trace === null) return <NotAsked diagnostics={diagnostics} what="No request can be traced" />;
  const { from, to } = trace.query;
  const port = to.port === null || to.port === undefined ? "" : `:${to.port}`;
  return (
    <article class="answer">
      <header class={`outcome outcome-${trace.verdict}`}>
        <p class="outcome-verdict">{VERDICTS[trace.verdict]}</p>
        <p class="outcome-how">
          <Ticked text={how(trace)} />
        </p>
        <p class="outcome-query mono">
          {from.namespace}
          {Object.keys(from.labels ?? {}).length > 0 && `,${labelsText(from.labels ?? {})}`} → {to.method ?? ""} {to.scheme}://{to.host}
          {port}
          {to.path ?? ""}
          {withHeaders(to.headers ?? {})}
        </p>
      </header>
      {declared !== null && (
        <p class="declared">
          {declared ? "A policy declares this request." : "No policy declares this request."}
          {declared === (trace.verdict === "allowed") ? "" : " The policies and the mesh give different results."}
        </p>
      )}
      {hint !== null && (
        <p class="hint">
          <Ticked text={hint} />
        </p>
      )}
      {trace.unknown.map((reason, index) => (
        <p key={index} class="banner banner-warning">
          Unknown: <Ticked text={reason} />
        </p>
      ))}
      {trace.notes.map((note, index) => (
        <p key={index} class="trace-note">
          <Ticked text={note} />
        </p>
      ))}
      <ol class="hops" aria-label="Hops">
        <li class="hop hop-client">
          <p class="hop-at">Workload</p>
          <p class="hop-name">
            {from.namespace} <span class="muted">{labelsText(from.labels ?? {})}</span>
          </p>
        </li>
        {trace.hops.map((hop, index) => (
          <HopCard key={index} hop={hop} trace={trace} last={index === trace.hops.length - 1} />
        ))}
      </ol>
    </article>
  );
};

const how = (trace: TraceResult): string => {
  const parts = [];
  if (trace.reached !== null) parts.push(`reaches \`${trace.reached.host}:${trace.reached.port}\``);
  if (trace.gateway !== null) parts.push(`through gateway \`${trace.gateway}\``);
  if (trace.status !== null) parts.push(`the response is \`${trace.status}\``);
  if (trace.closed) parts.push("the connection is closed");
  if (trace.responseFlags !== null) parts.push(`response flags \`${trace.responseFlags}\``);
  return parts.join(", ");
};

const AT = { sidecar: "Sidecar", gateway: "Egress gateway", waypoint: "Waypoint", origin: "Host" };

const HopCard = ({ hop, trace, last }: { hop: Hop; trace: TraceResult; last: boolean }) => {
  const stopped = last && trace.verdict === "blocked";
  const name = { sidecar: trace.query.from.namespace, gateway: trace.gateway, waypoint: trace.gateway, origin: trace.reached?.host ?? null }[
    hop.at
  ];
  const facts: [string, string | null][] = [
    ["listener", hop.listener],
    ["filter chain", hop.chain],
    ["route", hop.route],
    ["cluster", hop.cluster],
  ];
  return (
    <li class={`hop hop-${hop.at}${stopped ? " hop-stopped" : ""}`}>
      <p class="hop-at">
        {AT[hop.at]}
        {stopped && <span class="verdict verdict-blocked">stops here</span>}
      </p>
      {name !== null && hop.at !== "sidecar" && <p class="hop-name">{name}</p>}
      <dl>
        {facts
          .filter(([, value]) => value !== null)
          .map(([label, value]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd class="mono">{value}</dd>
            </div>
          ))}
      </dl>
      {hop.decidedBy.length > 0 && (
        <ul class="decisions" aria-label="Decided by">
          {hop.decidedBy.map((at) => trace.decidedBy[at]).map((decision, index) => decision !== undefined && <Decided key={index} decision={decision} />)}
        </ul>
      )}
      {hop.encryption !== null && !stopped && (
        <p class="hop-leg">
          <span class={`pill pill-${hop.encryption}`}>{ENCRYPTIONS[hop.encryption]}</span>
        </p>
      )}
    </li>
  );
};

const Decided = ({ decision: { kind, namespace, name, rule, span } }: { decision: Decision }) => (
  <li>
    <span class="decision-kind">{kind}</span>{" "}
    <span class="mono muted">
      {namespace}/{name}
    </span>
    {rule !== null && <span> for {rule}</span>} {span !== null && <PlaceLink place={span} />}
  </li>
);
