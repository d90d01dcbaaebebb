// A session as the fragment of a link: `#v1.` and the state as JSON, deflated (RFC 1950), in base64url.
//
// Servers never see a fragment. The checksum of RFC 1950 tells a changed link from a good one.
import { LIMITS, readState, type State } from "./state";

const VERSION = 1;

export type Opened = { kind: "none" } | { kind: "state"; state: State } | { kind: "unreadable"; reason: string };

export const toFragment = async (state: State): Promise<string> => {
  const bytes = new TextEncoder().encode(JSON.stringify(state));
  const packed = await collect(stream(bytes).pipeThrough(new CompressionStream("deflate")), Number.POSITIVE_INFINITY);
  return `#v${VERSION}.${toBase64Url(packed)}`;
};

/** Reads this version and all before it. */
export const fromFragment = async (fragment: string): Promise<Opened> => {
  if (fragment === "" || fragment === "#") return { kind: "none" };
  const parts = /^#v(\d{1,4})\.([A-Za-z0-9_-]*)$/.exec(fragment);
  if (parts === null) return unreadable("it is not a link of this playground, or it was cut or changed");
  const version = Number(parts[1]);
  // Version 1 is all there has been; a new one keeps a reader for each before it.
  if (version !== 1) return unreadable(`it has version ${version}, and this playground reads version ${VERSION}`);
  let text: string;
  try {
    const unpacked = stream(fromBase64Url(parts[2] ?? "")).pipeThrough(new DecompressionStream("deflate"));
    text = new TextDecoder("utf-8", { fatal: true }).decode(await collect(unpacked, LIMITS.bytes));
  } catch (thrown) {
    if (thrown instanceof RangeError) return unreadable(thrown.message);
    return unreadable("it was cut or changed");
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadable("its content is not a session");
  }
  const state = readState(value);
  return typeof state === "string" ? unreadable(state) : { kind: "state", state };
};

const unreadable = (reason: string): Opened => ({ kind: "unreadable", reason });

const stream = (bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> => new Blob([bytes]).stream();

const collect = async (from: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  const reader = from.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    // A few bytes of a link can stand for gigabytes.
    if (length > most) {
      await reader.cancel();
      throw new RangeError(`it unpacks to more than ${most >> 20} MiB`);
    }
    chunks.push(new Uint8Array(value));
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
};

const toBase64Url = (bytes: Uint8Array): string => {
  let binary = "";
  for (let from = 0; from < bytes.length; from += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(from, from + 0x8000));
  }
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
};

const fromBase64Url = (text: string): Uint8Array<ArrayBuffer> => {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
};
