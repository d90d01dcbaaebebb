// Where in a YAML text a place is: which keys stand above it.
//
// By indentation and not by a syntax tree, since a text is asked about while it is being typed and does not parse.

export interface Spot {
  /** Keys from the document's root; `null` stands for an item of a list. */
  path: (string | null)[];
  /** Whether a key or a value belongs here. */
  at: "key" | "value";
  /** Where what is being typed begins. */
  from: number;
  /** Column of the mapping's keys, for what is written below them. */
  column: number;
  /** Keys that the mapping has already. */
  siblings: Set<string>;
  /** Inside of `{}` or `[]`, where nothing can be written below. */
  flow: boolean;
}

interface Token {
  column: number;
  /** `null` for the dash of a list item. */
  key: string | null;
}

const KEY = /^(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s#'"&*!|>%@`{}[\],?:-][^#{}[\],]*?|-[^\s#{}[\],][^#{}[\],]*?))\s*:(?=\s|$)/;

/** The dashes and the key with which a line begins, and where the rest of it does. */
const tokens = (line: string): { found: Token[]; rest: number } => {
  const found: Token[] = [];
  let column = line.length - line.trimStart().length;
  for (;;) {
    const text = line.slice(column);
    const dash = /^-(?:\s+|$)/.exec(text);
    if (dash !== null) {
      found.push({ column, key: null });
      column += dash[0].length;
      continue;
    }
    const key = KEY.exec(text);
    if (key !== null) {
      found.push({ column, key: key[1] ?? key[2] ?? key[3] ?? "" });
      column += key[0].length;
    }
    return { found, rest: column };
  }
};

const isBlank = (line: string): boolean => /^\s*(#.*)?$/.test(line);
const isBoundary = (line: string): boolean => /^(---|\.\.\.)(\s|$)/.test(line);

/** The lines of the YAML document around a line, as [first, one past the last]. */
export const documentLines = (lines: readonly string[], line: number): [number, number] => {
  let first = line;
  while (first > 0 && !isBoundary(lines[first - 1] ?? "")) first -= 1;
  let end = line + 1;
  while (end < lines.length && !isBoundary(lines[end] ?? "")) end += 1;
  return [first, end];
};

/** The `kind` of a document. */
export const kindOf = (lines: readonly string[], [first, end]: [number, number]): string | null => {
  for (let at = first; at < end; at += 1) {
    const kind = /^kind:\s*["']?([A-Za-z]+)/.exec(lines[at] ?? "");
    if (kind?.[1] !== undefined) return kind[1];
  }
  return null;
};

export const spot = (text: string, offset: number): { spot: Spot; kind: string | null } | null => {
  const lines = text.split("\n");
  let line = 0;
  let start = 0;
  while (line < lines.length - 1 && start + (lines[line]?.length ?? 0) < offset) {
    start += (lines[line]?.length ?? 0) + 1;
    line += 1;
  }
  const whole = lines[line] ?? "";
  const typed = whole.slice(0, offset - start);
  if (isBoundary(whole) || /(^|\s)#/.test(typed)) return null;
  const range = documentLines(lines, line);
  const kind = kindOf(lines, range);
  const { found, rest } = tokens(typed);

  // The mapping or list in which this line stands.
  const own = found.at(-1);
  const before = found.slice(0, own?.key === null ? found.length : -1);
  let path: (string | null)[];
  let column: number;
  if (own !== undefined && own.key !== null) {
    // A value: after `key:`.
    column = own.column;
    path = [...above(lines, line, range, before, column), own.key];
  } else {
    column = own === undefined ? typed.length - typed.trimStart().length : rest;
    path = above(lines, line, range, before, column);
  }

  const value = typed.slice(rest);
  const nested = flow(value, path);
  if (nested !== null) return { spot: { ...nested, from: offset - nested.from, column, flow: true }, kind };
  const word = /[^\s{}[\],]*$/.exec(value)?.[0] ?? "";
  // Within plain text that already has a space there is nothing to offer.
  if (value.slice(0, value.length - word.length).trim() !== "") return null;
  const at = own !== undefined && own.key !== null ? "value" : "key";
  return {
    spot: {
      path,
      at,
      from: offset - word.length,
      column,
      siblings: at === "key" ? siblings(lines, line, range, column, found) : new Set(),
      flow: false,
    },
    kind,
  };
};

/** The keys above a column, nearest last. */
const above = (
  lines: readonly string[],
  line: number,
  [first]: [number, number],
  before: readonly Token[],
  column: number,
): (string | null)[] => {
  const path: (string | null)[] = [];
  let limit = column;
  // The key of a list may stand in the dash's own column.
  let inList = false;
  const climb = (found: readonly Token[]) => {
    for (const token of [...found].reverse()) {
      if (token.key === null ? token.column < limit : token.column < limit || (inList && token.column === limit)) {
        path.unshift(token.key);
        limit = token.column;
        inList = token.key === null;
      }
    }
  };
  climb(before);
  for (let at = line - 1; at >= first && (limit > 0 || inList); at -= 1) {
    const text = lines[at] ?? "";
    if (!isBlank(text)) climb(tokens(text).found);
  }
  return path;
};

/** The keys of the mapping whose keys stand in a column, around a line. */
const siblings = (
  lines: readonly string[],
  line: number,
  [first, end]: [number, number],
  column: number,
  own: readonly Token[],
): Set<string> => {
  const keys = new Set<string>();
  const collect = (found: readonly Token[]): boolean => {
    for (const { column: at, key } of found) if (at === column && key !== null) keys.add(key);
    // A dash to the left begins the item; a shallower line ends it.
    return found.some(({ column: at }) => at < column);
  };
  if (!own.some(({ key }) => key === null)) {
    for (let at = line - 1; at >= first; at -= 1) {
      const text = lines[at] ?? "";
      if (!isBlank(text) && collect(tokens(text).found)) break;
    }
  }
  for (let at = line + 1; at < end; at += 1) {
    const text = lines[at] ?? "";
    if (isBlank(text)) continue;
    const { found } = tokens(text);
    if ((found[0]?.column ?? text.length - text.trimStart().length) < column) break;
    collect(found);
  }
  return keys;
};

/** The place inside of `{}` and `[]` that begin on this line; null outside of any. */
const flow = (value: string, outer: readonly (string | null)[]): Pick<Spot, "path" | "at" | "from" | "siblings"> | null => {
  interface Level {
    map: boolean;
    key: string | null;
    keys: Set<string>;
  }
  const levels: Level[] = [];
  let word = "";
  let quote = "";
  for (const character of value) {
    const level = levels.at(-1);
    if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if ((character === '"' || character === "'") && word.trim() === "") {
      quote = character;
    } else if (character === "{" || character === "[") {
      levels.push({ map: character === "{", key: null, keys: new Set() });
      word = "";
    } else if (character === "}" || character === "]") {
      levels.pop();
      word = "";
    } else if (character === "," && level !== undefined) {
      level.key = null;
      word = "";
    } else if (character === ":" && level?.map === true && level.key === null) {
      level.key = word.trim();
      level.keys.add(level.key);
      word = "";
    } else {
      word += character;
    }
  }
  const last = levels.at(-1);
  if (last === undefined) return null;
  const path = [...outer];
  for (const level of levels) {
    if (!level.map) path.push(null);
    else if (level.key !== null) path.push(level.key);
  }
  const at = last.map && last.key === null ? "key" : "value";
  return { path, at, from: word.trimStart().length, siblings: last.keys };
};
