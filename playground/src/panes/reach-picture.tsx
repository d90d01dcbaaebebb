import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Encryption, Flow } from "../engine/types";
import { ENCRYPTIONS, messageText, story, targetText } from "../model/flows";
import { fitted } from "../parts/text-width";
import { curve, fonts, inset, layout, TAG_GAP, tagWidth, type Box, type Line, type Stub } from "./reach-layout";

interface Props {
  flows: readonly Flow[];
  open: (flow: Flow) => void;
  point: (flows: readonly Flow[]) => void;
}

/** Below this nothing could be read; the picture then scrolls sideways. */
const LEAST_WIDTH = 290;

export const ReachPicture = (props: Props) => {
  const host = useRef<HTMLDivElement>(null);
  // Measured before anything is painted: a picture for another width would only flash.
  const [width, setWidth] = useState<number | null>(null);
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null) return;
    const measure = () => setWidth(Math.max(LEAST_WIDTH, element.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return (
    // Its own stop of the Tab key, since it scrolls.
    <div class="picture" tabIndex={0} role="group" aria-label="Picture of the flows">
      <div ref={host}>{width !== null && <Drawing {...props} width={width} />}</div>
    </div>
  );
};

const Drawing = ({ flows, open, point, width }: Props & { width: number }) => {
  const picture = layout(flows, width);
  const [client] = picture.clients;
  const [gateway] = picture.gateways;
  const [target] = picture.hosts;
  return (
    <svg class={picture.roomy ? "" : "close"} width={picture.width} height={picture.height} viewBox={`0 0 ${picture.width} ${picture.height}`}>
      {client !== undefined && <Caption box={client} text="Workloads" />}
      {gateway !== undefined && <Caption box={gateway} text="Gateway" />}
      {target !== undefined && <Caption box={target} text="Hosts" />}
      {picture.clients.map((box, index) => (
        <Node key={index} box={box} kind="client" roomy={picture.roomy} />
      ))}
      {picture.gateways.map((box, index) => (
        <Node key={index} box={box} kind="gateway" roomy={picture.roomy} />
      ))}
      {picture.hosts.map((box, index) => (
        <Node key={index} box={box} kind="host" roomy={picture.roomy} />
      ))}
      {picture.stubs.map((stub, index) => (
        <Blocked key={index} stub={stub} point={point} roomy={picture.roomy} />
      ))}
      {picture.lines.map((line, index) => (
        <FlowLine key={index} line={line} open={open} point={point} />
      ))}
      {picture.lines.map((line, index) => (
        <Labels key={index} line={line} roomy={picture.roomy} />
      ))}
    </svg>
  );
};

const Caption = ({ box, text }: { box: Box; text: string }) => (
  <text class="caption" x={box.x + box.width / 2} y={22} text-anchor="middle">
    {text}
  </text>
);

const Node = ({ box, kind, roomy }: { box: Box; kind: "client" | "gateway" | "host"; roomy: boolean }) => {
  const { title, subtitle } = fonts(roomy);
  const room = box.width - 2 * inset(roomy);
  const middle = kind === "gateway" ? box.y + 20 : box.y + box.height / 2;
  return (
    <g class={`node node-${kind}`}>
      <title>{`${box.title} — ${box.subtitle}`}</title>
      <rect x={box.x} y={box.y} width={box.width} height={box.height} rx="6" />
      <text class="node-title" x={box.x + inset(roomy)} y={middle - 3}>
        {fitted(box.title, room, title)}
      </text>
      <text class="node-subtitle" x={box.x + inset(roomy)} y={middle + 13}>
        {fitted(box.subtitle, room, subtitle)}
      </text>
    </g>
  );
};

const FlowLine = ({ line, open, point }: { line: Line } & Pick<Props, "open" | "point">) => {
  const { flow, start, gateway, end } = line;
  const tell = () => point([flow]);
  return (
    <g
      class={`flow flow-${flow.verdict}${flow.bypass ? " flow-bypass" : ""}`}
      role="button"
      tabIndex={0}
      aria-label={story(flow)}
      onMouseEnter={tell}
      onMouseLeave={() => point([])}
      onFocus={tell}
      onBlur={() => point([])}
      onClick={() => open(flow)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        open(flow);
      }}
    >
      {gateway !== null ? (
        <>
          <Leg path={curve(start, gateway.in)} encryption={flow.toGateway} />
          <circle class="port" cx={gateway.in.x} cy={gateway.in.y} r="3.5" />
          <circle class="port" cx={gateway.out.x} cy={gateway.out.y} r="3.5" />
          <path class="hit" d={`M${gateway.in.x} ${gateway.in.y}H${gateway.out.x}`} />
          {end !== null && (
            <>
              <Leg path={curve(gateway.out, end)} encryption={flow.toHost} />
              <Arrow x={end.x} y={end.y} />
            </>
          )}
        </>
      ) : (
        end !== null && (
          <>
            <Leg path={curve(start, end)} encryption={flow.toHost} />
            <Arrow x={end.x} y={end.y} />
          </>
        )
      )}
    </g>
  );
};

/** What a line says in the gateway's box and before the host. Apart from the line, whose name says all of it in words. */
const Labels = ({ line: { flow, start, gateway, end }, roomy }: { line: Line; roomy: boolean }) => {
  const message = messageText(flow.to);
  return (
    <g class="labels" aria-hidden="true">
      {roomy && message !== "" && end !== null && (
        <text class="message" x={end.x - 10} y={end.y - 5} text-anchor="end">
          {fitted(message, end.x - (gateway?.out.x ?? start.x) - 20, fonts(roomy).message)}
        </text>
      )}
      {gateway !== null && <GatewayLabels flow={flow} gateway={gateway} roomy={roomy} />}
    </g>
  );
};

const GatewayLabels = ({ flow, gateway, roomy }: { flow: Flow; gateway: NonNullable<Line["gateway"]>; roomy: boolean }) => {
  const [from, to] = [gateway.in.x + TAG_GAP, gateway.out.x - TAG_GAP];
  const [before, after] = roomy ? [tagWidth(flow.toGateway), tagWidth(flow.toHost)] : [0, 0];
  return (
    <>
      {roomy && <Tag x={from} y={gateway.in.y} width={before} encryption={flow.toGateway} />}
      {flow.gatewayPort !== null && (
        <text class="port-number" x={(from + before + to - after) / 2} y={gateway.in.y + 4} text-anchor="middle">
          :{flow.gatewayPort}
        </text>
      )}
      {roomy && <Tag x={to - after} y={gateway.out.y} width={after} encryption={flow.toHost} />}
    </>
  );
};

const Leg = ({ path, encryption }: { path: string; encryption: Encryption | null }) => (
  <>
    <path class="hit" d={path} />
    <path class={`leg leg-${encryption ?? "plain"}`} d={path} />
    {encryption === "tls-in-mtls" && <path class="leg-core" d={path} />}
  </>
);

const Tag = ({ x, y, width, encryption }: { x: number; y: number; width: number; encryption: Encryption | null }) =>
  encryption === null ? null : (
    <g class={`tag tag-${encryption}`}>
      <rect x={x} y={y - 8} width={width} height={16} rx="8" />
      <text x={x + width / 2} y={y + 3.5} text-anchor="middle">
        {ENCRYPTIONS[encryption]}
      </text>
    </g>
  );

const Arrow = ({ x, y }: { x: number; y: number }) => <path class="arrow" d={`M${x - 7} ${y - 4}L${x - 1} ${y}L${x - 7} ${y + 4}`} />;

/** So many lines of a title can be read. */
const TITLED = 12;

const Blocked = ({ stub, point, roomy }: { stub: Stub; point: Props["point"]; roomy: boolean }) => {
  const { x, y } = stub.start;
  const number = stub.flows.length;
  const text = number === 1 ? "blocked" : `${number} blocked`;
  const targets = [...new Set(stub.flows.map(({ to }) => targetText(to)))];
  const [first] = stub.flows;
  const tell = () => point(stub.flows);
  return (
    <g
      class="blocked"
      role="img"
      tabIndex={0}
      aria-label={`${first?.from.description ?? ""}, ${text}: ${targets.join(", ")}`}
      onMouseEnter={tell}
      onMouseLeave={() => point([])}
      onFocus={tell}
      onBlur={() => point([])}
    >
      <title>{`${text}:\n${targets.slice(0, TITLED).join("\n")}${targets.length > TITLED ? "\n…" : ""}`}</title>
      <path class="hit" d={`M${x} ${y}h${roomy ? 84 : 22}`} />
      <path class="leg-blocked" d={`M${x} ${y}h12`} />
      <path class="cross" d={`M${x + 12} ${y - 4}l8 8m0-8l-8 8`} />
      {roomy && (
        <text x={x + 26} y={y + 4}>
          {text}
        </text>
      )}
    </g>
  );
};
