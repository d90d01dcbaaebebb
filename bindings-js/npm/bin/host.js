// Node's files, streams and terminal, as the command line asks for them. Nothing here knows what for.
import {
  chmodSync, closeSync, lstatSync, mkdirSync, opendirSync, openSync, readSync, renameSync, rmSync, rmdirSync, statSync, unlinkSync,
  writeFileSync, writeSync,
} from "node:fs";
import { isatty } from "node:tty";

/** What a system says of its errors; Node says it in words of its own. */
const WORDS = {
  EPERM: "Operation not permitted",
  ENOENT: "No such file or directory",
  EIO: "Input/output error",
  ENXIO: "No such device or address",
  EBADF: "Bad file descriptor",
  ENOMEM: "Cannot allocate memory",
  EACCES: "Permission denied",
  EBUSY: "Device or resource busy",
  EEXIST: "File exists",
  EXDEV: "Invalid cross-device link",
  ENODEV: "No such device",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EINVAL: "Invalid argument",
  ENFILE: "Too many open files in system",
  EMFILE: "Too many open files",
  ETXTBSY: "Text file busy",
  EFBIG: "File too large",
  ENOSPC: "No space left on device",
  EROFS: "Read-only file system",
  EMLINK: "Too many links",
  ENAMETOOLONG: "File name too long",
  ENOTEMPTY: "Directory not empty",
  ELOOP: "Too many levels of symbolic links",
  EOVERFLOW: "Value too large for defined data type",
  ENOTSUP: "Operation not supported",
  ECONNRESET: "Connection reset by peer",
  ESTALE: "Stale file handle",
  EDQUOT: "Disk quota exceeded",
};

/** Rust takes texts: each method tells why it could not do what it was asked. */
const telling = (methods) => Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, (...values) => {
  try {
    return method(...values);
  } catch (error) {
    throw WORDS[error.code] === undefined ? String(error.message) : `${WORDS[error.code]} (os error ${Math.abs(error.errno)})`;
  }
}]));

/** Does it again until a stream that does not wait is ready. */
const waiting = (action) => {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(clock, 0, 0, 5);
    }
  }
};

/** No more than the limit is ever held, however long the file is. */
const read = (descriptor, limit, offset = null) => {
  const parts = [];
  let size = 0;
  while (size < limit) {
    const part = Buffer.allocUnsafe(Math.min(limit - size, 1 << 16));
    let length;
    try {
      length = waiting(() => readSync(descriptor, part, 0, part.length, offset === null ? null : offset + size));
    } catch (error) {
      // So Windows says that a pipe has ended.
      if (error.code !== "EOF") throw error;
      length = 0;
    }
    if (length === 0) break;
    parts.push(part.subarray(0, length));
    size += length;
  }
  return Buffer.concat(parts);
};

const opened = (path, action) => {
  const descriptor = openSync(path, "r");
  try {
    return action(descriptor);
  } finally {
    closeSync(descriptor);
  }
};

const kind = (stats) => (stats.isFile() ? "file" : stats.isDirectory() ? "folder" : "other");

export const host = telling({
  readFile: (path, limit) => opened(path, (descriptor) => read(descriptor, limit)),

  readFileFrom: (path, offset, limit) => opened(path, (descriptor) => read(descriptor, limit, offset)),

  readStdin: (limit) => read(0, limit),

  look: (path) => {
    let stats;
    try {
      stats = lstatSync(path);
    } catch (error) {
      if (error.code === "ENOENT") return undefined;
      throw error;
    }
    if (!stats.isSymbolicLink()) return { kind: kind(stats), link: false };
    try {
      return { kind: kind(statSync(path)), link: true };
    } catch {
      // To nothing, or round in a circle.
      return { kind: "other", link: true };
    }
  },

  list: (path, limit) => {
    const names = [];
    const folder = opendirSync(path);
    try {
      for (let entry; names.length < limit && (entry = folder.readSync()) !== null;) names.push(entry.name);
    } finally {
      folder.closeSync();
    }
    return names;
  },

  write: (descriptor, bytes) => {
    try {
      for (let written = 0; written < bytes.length;) {
        written += waiting(() => writeSync(descriptor, bytes, written, bytes.length - written));
      }
    } catch (error) {
      // `egressc compile ... | head` is a normal end.
      if (error.code !== "EPIPE") throw error;
    }
  },

  now: () => Math.floor(Date.now() / 1000),

  isTerminal: (descriptor) => isatty(descriptor),

  refusesColour: () => Boolean(process.env.NO_COLOR) || process.env.TERM === "dumb",

  withSlashes: (path) => (process.platform === "win32" ? path.replaceAll("\\", "/") : path),

  processId: () => process.pid,

  isReadOnly: (path) => (lstatSync(path).mode & 0o222) === 0,
  hasOtherNames: (path) => lstatSync(path).nlink > 1,

  makeFolder: (path) => {
    try {
      mkdirSync(path);
      return true;
    } catch (error) {
      if (error.code === "EEXIST") return false;
      throw error;
    }
  },

  makeFolders: (path) => {
    mkdirSync(path, { recursive: true });
  },

  writeNew: (path, text) => {
    writeFileSync(path, text, { flag: "wx" });
  },

  copyPermissions: (from, to) => {
    chmodSync(to, lstatSync(from).mode & 0o7777);
  },

  rename: (from, to) => {
    renameSync(from, to);
  },

  removeFile: (path) => {
    unlinkSync(path);
  },

  removeFolder: (path) => {
    rmdirSync(path);
  },

  removeAll: (path) => {
    rmSync(path, { recursive: true });
  },
});
