// `node review.js BEFORE AFTER REPORT.md`: what a pull request does to the egress policies, as Markdown.
// Exit status: 0 good; 1 refused, or it opens more than before; 2 misuse.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { diff } from "egressc";

const [before, after, report, ...more] = process.argv.slice(2);
if (report === undefined || more.length > 0) {
  console.error("usage: node review.js BEFORE AFTER REPORT.md");
  process.exit(2);
}

/** All policies and facts of a folder, also of the folders in it: what is left out cannot be seen. */
const sources = (folder) => readdirSync(folder, { recursive: true })
  .filter((name) => /\.(ya?ml|json)$/.test(name))
  .sort()
  .map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));

/** Text of a stranger's pull request: no Markdown in it is to work, so the fence is longer than any in it. */
const fenced = (text) => {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text.trimEnd()}\n${fence}\n`;
};

// What cannot be read is neither good nor refused.
process.on("uncaughtException", (error) => {
  console.error(error.message);
  process.exit(2);
});
const { ok, widened, text, diagnostics, rendered } = diff({ before: sources(before), after: sources(after), format: "markdown", render: "plain" });
const number = (severity) => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;

const lines = ["## Egress policies\n"];
if (!ok) lines.push(`**Refused**: ${number("error")} errors.\n`);
if (text) lines.push(`${text.trimEnd()}\n`);
if (rendered) lines.push(fenced(rendered));

writeFileSync(report, lines.join("\n"));
process.exitCode = ok && !widened ? 0 : 1;
