// What is built and run, with which tool. `settings` is the one line that a user
// writes beside the import, and null where there is none.
import { cpSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ANSWER, command, elsewhere, server, text, write } from "./project.js";
import { page } from "./page.js";

const DIRECT = 'import * as egressc from "egressc";';
const INLINE = 'import * as egressc from "egressc/inline";\nawait egressc.init();';

const program = (extension) => ({ [`program.${extension}`]: `${DIRECT}\nimport { answer } from "./answer.js";\nprocess.stdout.write(answer(egressc));\n`, "answer.js": ANSWER });
// No top-level await in a page, because some tools do not build it for older browsers.
const client = (load) => `${load.replace(/^await (.*);$/m, "")}
import { answer } from "./answer.js";
const show = async () => { ${load.match(/^await .*;$/m)?.[0] ?? ""} globalThis.given = answer(egressc); };
show().catch((error) => { globalThis.given = String(error); });
`;
const html = (script) => `<!doctype html><title>egressc</title><link rel="icon" href="data:,"><script type="module" src="${script}"></script>\n`;
const bundled = (load) => ({ "page.js": client(load), "answer.js": ANSWER });

const run = (file) => (folder) => command(folder, ["node", file]);
const static_ = (folder) => page.folder(folder);

/** A program for Node: files, the commands that build it to `out`, and what to run there. */
const node = (use, files, commands, file) => ({
  where: "server", use, settings: null,
  answer: async (folder) => {
    write(folder, files);
    for (const one of commands) command(folder, one);
    return elsewhere(join(folder, "out"), run(file));
  },
});
const pages = (use, settings, files, commands) => ({
  where: "page", use, settings,
  answer: async (folder) => {
    write(folder, files);
    for (const one of commands) command(folder, one);
    writeFileSync(join(folder, "out/index.html"), html("page.js"));
    return elsewhere(join(folder, "out"), static_);
  },
});

const esbuild = [
  node("one file, CommonJS", program("mjs"), [["esbuild", "program.mjs", "--bundle", "--platform=node", "--outfile=out/program.cjs"]], "program.cjs"),
  node("one file, ECMAScript", program("mjs"), [["esbuild", "program.mjs", "--bundle", "--platform=node", "--format=esm", "--outfile=out/program.mjs"]], "program.mjs"),
  pages("`egressc/inline`", null, bundled(INLINE), [["esbuild", "page.js", "--bundle", "--minify", "--outfile=out/page.js"]]),
  pages("`egressc/init`", "--loader:.wasm=file --format=esm",
    bundled('import * as egressc from "egressc/init";\nimport module from "egressc/egressc_bg.wasm";\nawait egressc.init(new URL(module, import.meta.url));'),
    [["esbuild", "page.js", "--bundle", "--loader:.wasm=file", "--format=esm", "--outfile=out/page.js"]]),
];

const webpackProject = (config) => ["node", "-e", `require("webpack")({ context: process.cwd(), mode: "production", performance: false, ...${config} }, (error, stats) => {
  if (error || stats.hasErrors() || stats.hasWarnings()) { console.error(error ?? stats.toString()); process.exitCode = 1; }
})`];
/** Before 5.83 it builds a top-level await only if it is told. */
const webpack = (awaits) => [
  node("CommonJS", program("mjs"), [webpackProject('{ target: "node", entry: "./program.mjs", output: { path: process.cwd() + "/out", filename: "program.cjs" } }')], "program.cjs"),
  node("ECMAScript", program("mjs"), [webpackProject(`{ target: "node", entry: "./program.mjs", experiments: { outputModule: true },
    output: { path: process.cwd() + "/out", filename: "program.mjs", module: true, chunkFormat: "module" } }`)], "program.mjs"),
  pages("`egressc`", awaits ? null : "experiments: { topLevelAwait: true }", bundled(DIRECT),
    [webpackProject(`{ entry: "./page.js", output: { path: process.cwd() + "/out", filename: "page.js", publicPath: "" }${awaits ? "" : ", experiments: { topLevelAwait: true }"} }`)]),
  pages("`egressc/inline`", null, bundled(INLINE), [webpackProject('{ entry: "./page.js", output: { path: process.cwd() + "/out", filename: "page.js" } }')]),
];

const rollupBuild = (input, file, format, browser = false) => ["rollup", input, "--file", `out/${file}`, "--format", format, "--silent",
  "--plugin", `node-resolve={browser:${browser},preferBuiltins:${!browser},exportConditions:[${browser ? "" : '"node"'}]}`, "--plugin", "commonjs"];
const rollup = [
  node("CommonJS", program("mjs"), [rollupBuild("program.mjs", "program.cjs", "cjs")], "program.cjs"),
  node("ECMAScript", program("mjs"), [rollupBuild("program.mjs", "program.mjs", "es")], "program.mjs"),
  pages("`egressc/inline`", null, bundled(INLINE), [rollupBuild("page.js", "page.js", "es", true)]),
];

const parcelManifest = (targets) => JSON.stringify({ private: true, ...targets });
const parcel = [
  node("CommonJS", { ...program("js"), "package.json": parcelManifest({ main: "out/program.js", engines: { node: ">=20" }, targets: { main: { source: "program.js", includeNodeModules: true } } }) },
    [["parcel", "build", "--no-cache", "--no-source-maps"]], "program.js"),
  {
    where: "page", use: "`egressc`", settings: null,
    answer: async (folder) => {
      write(folder, { ...bundled(DIRECT), "index.html": html("page.js"), "package.json": parcelManifest({}) });
      command(folder, ["parcel", "build", "index.html", "--no-cache", "--no-source-maps", "--dist-dir", "out", "--public-url", "./"]);
      return elsewhere(join(folder, "out"), static_);
    },
  },
];

const site = (load) => ({ "index.html": html("/page.js"), ...bundled(load) });
const viteSsr = 'export default { ssr: { noExternal: true }, build: { ssr: "program.mjs", outDir: "out" } };\n';
const vitePages = (use, settings, load) => ["build", "dev"].map((mode) => ({
  where: "page", use: `${use}, ${mode}`, settings,
  answer: async (folder) => {
    write(folder, site(load));
    if (mode === "dev") return server(folder, ["vite", "--port", "PORT", "--strictPort", "--host", "127.0.0.1", "--force"], page.address);
    command(folder, ["vite", "build", "--outDir", "out", "--base", "./"]);
    return elsewhere(join(folder, "out"), static_);
  },
}));
const viteUrl = vitePages("`egressc/init`", 'import url from "egressc/egressc_bg.wasm?url"', 'import * as egressc from "egressc/init";\nimport url from "egressc/egressc_bg.wasm?url";\nawait egressc.init(url);');
const viteInline = vitePages("`egressc/inline`", null, INLINE);
const vite = (direct) => [
  node("SSR, `noExternal: true`", { ...program("mjs"), "vite.config.mjs": viteSsr, "package.json": '{ "private": true, "type": "module" }' }, [["vite", "build"]], "program.js"),
  ...(direct ? vitePages("`egressc`", null, DIRECT) : []), ...viteInline, ...viteUrl,
];

const layout = 'export default function Layout({ children }) { return <html><body>{children}</body></html>; }\n';
const nextFiles = {
  "package.json": '{ "private": true }', "app/layout.jsx": layout, "app/answer.js": ANSWER,
  "app/page.jsx": 'export default function Page() { return <p>here</p>; }\n',
  "app/component/page.jsx": `${DIRECT}\nimport { answer } from "../answer.js";\nexport const dynamic = "force-dynamic";\nexport default function Page() { return <pre>{Buffer.from(answer(egressc)).toString("base64")}</pre>; }\n`,
  "app/handler/route.js": `${DIRECT}\nimport { answer } from "../answer.js";\nexport const dynamic = "force-dynamic";\nexport const GET = () => new Response(answer(egressc));\n`,
  "app/client/page.jsx": `"use client";
import { useEffect } from "react";
import { answer } from "../answer.js";
export default function Page() {
  useEffect(() => { import("egressc").then((egressc) => { globalThis.given = answer(egressc); }, (error) => { globalThis.given = String(error); }); }, []);
  return <p>client</p>;
}
`,
};
const edgeFiles = {
  "package.json": '{ "private": true }', "app/layout.jsx": layout, "app/answer.js": ANSWER, "app/page.jsx": nextFiles["app/page.jsx"],
  "app/edge/route.js": `${DIRECT}\nimport { answer } from "../answer.js";\nexport const runtime = "edge";\nexport const dynamic = "force-dynamic";\nexport const GET = () => new Response(answer(egressc));\n`,
};
const component = async (origin) => {
  const [, found] = (await text(`${origin}/component`)).match(/<pre>([^<]*)<\/pre>/);
  return Buffer.from(found, "base64").toString();
};
/** One build for all uses; each is asked of its server, which runs where neither Next.js nor the package is installed. */
const next = (tracesOnTop, [bundler, ...flag]) => {
  const build = (folder, files, config) => {
    write(folder, { ...files, "next.config.mjs": `export default ${JSON.stringify(config)};\n` });
    command(folder, ["next", "build", ...flag]);
  };
  let standalone;
  const built = (folder) => {
    const installed = dirname(dirname(folder));
    build(folder, nextFiles, { output: "standalone", ...(tracesOnTop ? { outputFileTracingRoot: installed } : { experimental: { outputFileTracingRoot: installed } }) });
    const out = join(folder, ".next/standalone");
    // Next.js leaves it to whoever deploys to copy the pages' files.
    cpSync(join(folder, ".next/static"), join(out, relative(installed, folder), ".next/static"), { recursive: true });
    return { out, at: relative(installed, folder) };
  };
  const uses = [["server component", "server", component], ["route handler", "server", (origin) => text(`${origin}/handler`)],
    ["`import(\"egressc\")` in an effect", "page", (origin) => page.address(`${origin}/client`)]];
  return [
    ...uses.map(([use, where, ask]) => ({
      where, use: `${use}, standalone, ${bundler}`, settings: null,
      answer: async (folder) => {
        standalone ??= built(folder);
        const { out, at } = standalone;
        const kept = join(folder, "kept");
        cpSync(out, kept, { recursive: true, verbatimSymlinks: true });
        return elsewhere(kept, (moved) => server(join(moved, at), ["node", "server.js"], ask));
      },
    })),
    {
      where: "edge", use: `edge route, ${bundler}`, settings: null,
      answer: async (folder) => {
        build(folder, edgeFiles, {});
        return server(folder, ["next", "start", "--port", "PORT", "--hostname", "127.0.0.1"], (origin) => text(`${origin}/edge`));
      },
    },
  ];
};

const wrangler = [{
  where: "edge", use: "Workers (workerd)", settings: null,
  answer: async (folder) => {
    write(folder, {
      "worker.js": `${DIRECT}\nimport { answer } from "./answer.js";\nexport default { fetch: () => new Response(answer(egressc)) };\n`, "answer.js": ANSWER,
      "wrangler.toml": 'name = "egressc-worker"\nmain = "worker.js"\ncompatibility_date = "2024-12-01"\n',
    });
    return server(folder, ["wrangler", "dev", "--port", "PORT", "--ip", "127.0.0.1", "--local", "--show-interactive-dev-session=false"], text);
  },
}];

const jestUses = ["node", "jsdom"].map((environment) => ({
  where: "test", use: `environment ${environment}`, settings: null,
  answer: async (folder) => {
    write(folder, {
      "answer.js": ANSWER.replace("export const answer", "exports.answer"), "package.json": '{ "private": true }',
      "it.test.js": `const { answer } = require("./answer.js");
test("answers", () => { require("node:fs").writeFileSync("given", answer(require("egressc"))); });\n`,
    });
    command(folder, ["jest", "--env", environment, "--rootDir", folder]);
    return command(folder, ["node", "-p", 'fs.readFileSync("given", "utf8")']).slice(0, -1);
  },
}));

const bun = [
  { ...node("`bun build --target=node`", program("mjs"), [["bun", "build", "program.mjs", "--target=node", "--conditions=module", "--outfile=out/program.mjs"]], "program.mjs"), settings: "--conditions=module" },
  {
    where: "server", use: "`bun build --compile`", settings: "--conditions=module",
    answer: async (folder) => {
      write(folder, program("mjs"));
      command(folder, ["bun", "build", "program.mjs", "--compile", "--conditions=module", "--outfile=out/program"]);
      return elsewhere(join(folder, "out"), (moved) => command(moved, ["./program"]));
    },
  },
];

/** Tools by the folder that has their lock file; `package` is the one whose version the table names. */
export const TOOLS = [
  ...["esbuild-0.17", "esbuild-0.28"].map((folder) => ({ folder, package: "esbuild", projects: esbuild })),
  ...["webpack-5.76", "webpack-5.113"].map((folder) => ({ folder, package: "webpack", projects: webpack(folder !== "webpack-5.76") })),
  ...["rollup-3", "rollup-4"].map((folder) => ({ folder, package: "rollup", projects: rollup })),
  ...["vite-5", "vite-6", "vite-7", "vite-8"].map((folder) => ({ folder, package: "vite", projects: vite(folder === "vite-8") })),
  ...["parcel-2.9", "parcel-2.16"].map((folder) => ({ folder, package: "parcel", projects: parcel })),
  { folder: "next-14", package: "next", projects: next(false, ["webpack"]) },
  { folder: "next-15", package: "next", projects: next(true, ["webpack"]) },
  { folder: "next-16", package: "next", projects: [...next(true, ["Turbopack"]), ...next(true, ["webpack", "--webpack"])] },
  ...["wrangler-3", "wrangler-4"].map((folder) => ({ folder, package: "wrangler", projects: wrangler })),
  ...["jest-29", "jest-30"].map((folder) => ({ folder, package: "jest", projects: jestUses })),
  { folder: "bun-1.4", package: "@oven/bun-linux-x64", projects: bun },
];
