// Where the boxes and lines of the picture stand.
//
// Three columns and one line for each flow: a general graph layout would only move what belongs in columns.
import type { Encryption, Flow, FlowClient } from "../engine/types";
import { clientLines, ENCRYPTIONS, messageText } from "../model/flows";
import { textWidth } from "../parts/text-width";

export const ROW = 22;
const GAP = 12;
const PADDING = 9;
const CAPTION = 38;
/** Below this, a phone: the columns move together, and what a line says in words is left to the legend and the table. */
const ROOMY = 620;

/** As in reach.css. */
export const fonts = (roomy: boolean) => {
  const page = getComputedStyle(document.documentElement);
  const [sans, mono] = [page.getPropertyValue("--sans"), page.getPropertyValue("--mono")];
  return {
    title: `600 ${roomy ? 13 : 11}px ${sans}`,
    subtitle: `${roomy ? 11.5 : 10}px ${sans}`,
    tag: `600 10.5px ${sans}`,
    message: `10.5px ${mono}`,
    port: `11px ${mono}`,
  };
};
export const inset = (roomy: boolean): number => (roomy ? 12 : 6);

const TAG_EDGE = 6;
/** Between the gateway's edge and a tag, and between a tag and the port. */
export const TAG_GAP = 9;
export const tagWidth = (encryption: Encryption | null): number =>
  encryption === null ? 0 : textWidth(ENCRYPTIONS[encryption], fonts(true).tag) + 2 * TAG_EDGE;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  title: string;
  subtitle: string;
}

export interface Line {
  flow: Flow;
  /** From the client's edge; through the gateway, if it crosses one; to the host's edge, if it arrives. */
  start: Point;
  gateway: { in: Point; out: Point } | null;
  end: Point | null;
}

export interface Stub {
  start: Point;
  flows: Flow[];
}

interface Point {
  x: number;
  y: number;
}

export interface Picture {
  width: number;
  height: number;
  /** Whether there is room for words on the lines. */
  roomy: boolean;
  clients: Box[];
  gateways: Box[];
  hosts: Box[];
  lines: Line[];
  /** What is blocked, together for each client. */
  stubs: Stub[];
}

const clientKey = ({ namespace, labels, serviceAccount, path }: FlowClient): string =>
  JSON.stringify([namespace, Object.entries(labels).sort(), serviceAccount, path]);

const arrives = (flow: Flow): boolean => flow.verdict !== "blocked";

const group = <T,>(items: readonly T[], key: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const found = groups.get(key(item));
    if (found === undefined) groups.set(key(item), [item]);
    else found.push(item);
  }
  return groups;
};

const hostOf = (flow: Flow): string => flow.reached?.host ?? flow.to.host;

/** How wide each column has to be for its texts. */
const wanted = (flows: readonly Flow[], roomy: boolean) => {
  const font = fonts(roomy);
  const edges = 2 * inset(roomy);
  const most = (widths: readonly number[]) => widths.reduce((a, b) => Math.max(a, b), 0);
  const box = (title: string, subtitle: string) => Math.max(textWidth(title, font.title), textWidth(subtitle, font.subtitle)) + edges + 2;
  const lined = flows.filter(arrives);
  return {
    clients: most(flows.map(({ from }) => box(...clientLines(from)))),
    hosts: most(lined.map((flow) => box(hostOf(flow), "port 00000"))),
    messages: most(lined.map(({ to }) => textWidth(messageText(to), font.message))),
    gateways: most(
      lined.map(({ gateway, gatewayPort, toGateway, toHost }) =>
        Math.max(box(gateway ?? "", ""), tagWidth(toGateway) + textWidth(`:${gatewayPort ?? ""}`, font.port) + tagWidth(toHost) + 4 * TAG_GAP),
      ),
    ),
  };
};

/** Both get what they want, or where that is too much, the smaller of them, as far as it is below half. */
const share = (a: number, b: number, room: number): [number, number] => {
  if (a + b <= room) return [a, b];
  if (Math.min(a, b) > room / 2) return [room / 2, room / 2];
  return a < b ? [a, room - a] : [room - b, b];
};

/** Where the columns begin, and how wide they are. */
const columns = (flows: readonly Flow[], width: number) => {
  const roomy = width >= ROOMY;
  const want = wanted(flows, roomy);
  const middle = roomy ? Math.min(want.gateways, width * 0.45) : width * 0.27;
  // Room for lines to bend, for what is blocked, and for what tells requests apart.
  const gap = roomy ? Math.min(90, width * 0.115) : width * 0.075;
  const last = roomy ? Math.max(gap, Math.min(want.messages + 24, width * 0.2)) : gap;
  const [left, right] = share(want.clients, want.hosts, width - middle - gap - last - 2);
  const spare = (width - left - middle - right - gap - last - 2) / 2;
  return { left, middle, right, gatewayX: 1 + left + gap + spare, hostX: width - right - 1 };
};

export const layout = (flows: readonly Flow[], width: number): Picture => {
  const { left, middle, right, gatewayX, hostX } = columns(flows, width);

  const byClient = group(flows, ({ from }) => clientKey(from));
  // Those that reach something first, bystanders below them.
  const clients = [...byClient.values()].sort((a, b) => Number(b.some(arrives)) - Number(a.some(arrives)));
  const lined = clients.flatMap((own) => own.filter(arrives));
  const byHost = group(lined, hostOf);
  const byGateway = group(
    lined.filter(({ gateway }) => gateway !== null),
    ({ gateway }) => gateway ?? "",
  );
  const hostOrder = new Map([...byHost.keys()].map((host, index) => [host, index]));
  const byTarget = (a: Flow, b: Flow) =>
    (hostOrder.get(hostOf(a)) ?? 0) - (hostOrder.get(hostOf(b)) ?? 0) || a.to.port - b.to.port;

  const lines = new Map<Flow, Line>();
  for (const flow of lined) lines.set(flow, { flow, start: { x: left, y: 0 }, gateway: null, end: null });
  const picture: Picture = { width, height: 0, roomy: width >= ROOMY, clients: [], gateways: [], hosts: [], lines: [...lines.values()], stubs: [] };

  const stack = (
    rows: number,
    box: Omit<Box, "y" | "height">,
    top: number,
    header: number,
  ): { box: Box; row: (index: number) => number } => {
    const height = Math.max(rows * ROW + 2 * PADDING + header, 46);
    const inner = (height - header - rows * ROW) / 2 + header;
    return { box: { ...box, y: top, height }, row: (index) => top + inner + index * ROW + ROW / 2 };
  };

  let y = CAPTION;
  for (const [name, own] of byGateway) {
    const { box, row } = stack(own.length, { x: gatewayX, width: middle, title: name, subtitle: "egress gateway" }, y, 40);
    picture.gateways.push(box);
    [...own].sort(byTarget).forEach((flow, index) => {
      const line = lines.get(flow);
      if (line !== undefined) {
        line.gateway = { in: { x: gatewayX, y: row(index) }, out: { x: gatewayX + middle, y: row(index) } };
      }
    });
    y += box.height + GAP;
  }
  const gatewaysEnd = y;

  y = CAPTION;
  for (const own of clients) {
    const open = own.filter(arrives).sort(byTarget);
    const blocked = own.filter((flow) => !arrives(flow));
    const [first] = own;
    if (first === undefined) continue;
    const [title, subtitle] = clientLines(first.from);
    // Bystanders stand clear of the gateway that they do not reach.
    if (open.length === 0) y = Math.max(y, gatewaysEnd);
    const rows = open.length + (blocked.length > 0 ? 1 : 0);
    const { box, row } = stack(rows, { x: 1, width: left, title, subtitle }, y, 0);
    picture.clients.push(box);
    open.forEach((flow, index) => {
      const line = lines.get(flow);
      if (line !== undefined) line.start = { x: left + 1, y: row(index) };
    });
    if (blocked.length > 0) picture.stubs.push({ start: { x: left + 1, y: row(open.length) }, flows: blocked });
    y += box.height + GAP;
  }
  const clientsEnd = y;

  y = CAPTION;
  for (const [host, own] of byHost) {
    const ports = [...new Set(own.map(({ reached, to }) => reached?.port ?? to.port))].sort((a, b) => a - b);
    const { box, row } = stack(own.length, { x: hostX, width: right, title: host, subtitle: `port ${ports.join(", ")}` }, y, 0);
    picture.hosts.push(box);
    [...own].sort(byTarget).forEach((flow, index) => {
      const line = lines.get(flow);
      if (line !== undefined) line.end = { x: hostX, y: row(index) };
    });
    y += box.height + GAP;
  }
  const hostsEnd = y;
  picture.height = Math.max(clientsEnd, hostsEnd, gatewaysEnd, CAPTION + 60);
  return picture;
};

/** A curve that leaves and arrives level. */
export const curve = (from: Point, to: Point): string => {
  const bend = (to.x - from.x) / 2;
  return `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`;
};
