// Ends a server with its children, which are a group of their own.
import { setTimeout as delay } from "node:timers/promises";

const signal = (child, name) => {
  try {
    process.kill(-child.pid, name);
  } catch {
    // It has ended.
  }
};

export const stop = async (child) => {
  const ended = new Promise((done) => { child.once("close", done); });
  if (child.exitCode !== null) return;
  signal(child, "SIGTERM");
  await Promise.race([ended, delay(3000)]);
  signal(child, "SIGKILL");
};
