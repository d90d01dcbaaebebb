// Each pane does what it is for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { readFile } from "node:fs/promises";
import { compile, reach } from "../../bindings-js/dist/node.js";
import { settled, shot } from "./browser.js";
import { answered, editor, examples, manifests, openExample, text, view, write } from "./parts.js";
import { visit } from "./visit.js";

test("the seed's flows come first among the examples, and each example of the repository is offered", visit({}, async (page) => {
  const offered = await page.locator(".example select option").evaluateAll((all) => all.map(({ value }) => value));
  const ids = offered.filter((id) => id !== "" && id !== "/clear");
  assert.deepEqual(ids.slice(0, 4), ["http", "https-upgrade", "https-passthrough", "tcp"]);
  assert.deepEqual([...ids].sort(), examples.map(({ id }) => id).sort());
}));

for (const { id, documents } of examples) {
  test(`example ${id}: the page shows what the package compiles, and its flows`, visit({}, async (page) => {
    await openExample(page, id);
    const expected = compile({ sources: documents, format: "yaml" });
    await page.getByRole("button", { name: "Export" }).click();
    await page.getByRole("button", { name: "Copy YAML" }).click();
    await page.getByText("Copied all resources as YAML.").waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), expected.text);
    const chips = await page.locator(".resources .chip").first().innerText();
    assert.equal(chips, `All ${expected.resources.length}`);
    await view(page, "Reach");
    await answered(page);
    assert.ok((await page.locator(".flows .verdict-allowed").count()) > 0, "no flow is allowed");
    assert.ok((await page.locator(".flows .verdict-blocked").count()) > 0, "no bystander is blocked");
    assert.ok((await page.locator(".picture .blocked").count()) > 0, "no bystander is drawn");
    await shot(page, `example-${id}-reach`);
  }));
}

test("an error is shown in the text, in the list and on the tab, and its page opens", visit({}, async (page) => {
  await write(page, text("http", "policy.yaml").replace("- httpbin.org", '- "*.httpbin.org"'));
  const problem = page.locator(".problem-error");
  await problem.waitFor();
  assert.match(await problem.innerText(), /wildcard host/);
  assert.equal(await page.locator('[data-testid="editor"] .cm-lintRange-error').count(), 1);
  assert.equal(await page.getByRole("img", { name: "has errors" }).count(), 1);
  await problem.getByRole("button", { name: /^EGR0422/ }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("heading", { name: "What it means" }).waitFor();
  assert.match(await dialog.innerText(), /EGR0422/);
  await shot(page, "code-page");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await shot(page, "errors");
}));

test("nothing can be exported while there are errors, and the last resources are marked as old", visit({}, async (page) => {
  await write(page, "kind: [");
  await page.getByText("There are errors, so nothing is compiled.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Export" }).isDisabled());
}));

test("a place in the list leads to the text", visit({}, async (page) => {
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  await page.getByRole("tab", { name: "policy.yaml" }).click();
  await write(page, text("http", "policy.yaml").replace("number: 80", "number: 800000"));
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  await page.locator(".problem-error .place").first().click();
  assert.equal(await page.getByRole("tab", { name: "policy.yaml" }).getAttribute("aria-selected"), "true");
  await page.keyboard.press("Control+c");
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), "800000");
}));

test("a fix mends its problem with one click, and can be undone", visit({}, async (page) => {
  await write(page, text("http", "policy.yaml").replace("protocol: HTTP", "protocol: HTTPX"));
  await page.locator(".problem .fix").click();
  await page.locator(".problem").waitFor({ state: "detached" });
  assert.match(await editor(page).innerText(), /protocol: HTTP\n/);
  await page.keyboard.press("Control+z");
  await page.locator(".problem .fix").waitFor();
}));

test("a fix is offered in the text too", visit({}, async (page) => {
  await write(page, text("http", "policy.yaml").replace("protocol: HTTP", "protocol: HTTPX"));
  await page.locator('[data-testid="editor"] .cm-lintRange-error').hover();
  await page.locator('[data-testid="editor"] .cm-diagnosticAction').click();
  await page.locator(".problem").waitFor({ state: "detached" });
}));

test("fields are completed from the schema, without those that are there", visit({}, async (page) => {
  await write(page, `${text("http", "policy.yaml")}    - hosts: [a.example.com]\n      po`);
  const options = page.locator('[data-testid="editor"] .cm-tooltip-autocomplete li');
  await page.keyboard.type("r");
  await options.first().waitFor();
  assert.deepEqual(await options.locator(".cm-completionLabel").allInnerTexts(), ["port"]);
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await page.keyboard.type("pro");
  await options.first().waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await options.filter({ hasText: "MONGO" }).waitFor();
  assert.deepEqual(
    (await options.locator(".cm-completionLabel").allInnerTexts()).sort(),
    ["GRPC", "GRPC-WEB", "HTTP", "HTTP2", "HTTPS", "MONGO", "TCP", "TLS"],
  );
  await page.keyboard.type("TCP");
  await options.filter({ hasText: "MONGO" }).waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+Space");
  await options.filter({ hasText: "number" }).waitFor();
  assert.ok(!(await options.locator(".cm-completionLabel").allInnerTexts()).includes("protocol"));
}));

test("mesh facts are completed by their own schema, within braces too", visit({}, async (page) => {
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  await write(page, "apiVersion: egressc.dev/v1alpha1\nkind: MeshEnvironment\nmetadata: {name: x}\nspec:\n  gateways:\n  - name: a\n    ports:\n    - {port: 80, ");
  await page.keyboard.press("Control+Space");
  const options = page.locator('[data-testid="editor"] .cm-tooltip-autocomplete li .cm-completionLabel');
  await options.first().waitFor();
  assert.deepEqual((await options.allInnerTexts()).sort(), ["class", "targetPort"]);
}));

test("a field explains itself", visit({}, async (page) => {
  await editor(page).getByText("workloadSelector").hover();
  const help = page.locator('[data-testid="editor"] .field-help');
  await help.waitFor();
  assert.match(await help.innerText(), /Labels that a workload must have/);
}));

test("a leg whose TLS takes any certificate does not look safe", visit({}, async (page) => {
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  await write(page, `${text("http", "mesh.yaml")}---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: legacy, namespace: shop}
spec: {hosts: [legacy.example.com], exportTo: ["."], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]}
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: legacy, namespace: shop}
spec: {host: legacy.example.com, exportTo: ["."], trafficPolicy: {tls: {mode: SIMPLE, insecureSkipVerify: true}}}
`);
  await view(page, "Reach");
  await answered(page);
  await page.locator(".pill-plain").filter({ hasText: /^TLS, unverified$/ }).first().waitFor();
}));

test("a resource leads to its rule, and a rule to its resources", visit({}, async (page) => {
  await openExample(page, "combined");
  await manifests(page).getByText("kind: AuthorizationPolicy").nth(2).click();
  const marked = page.locator('[data-testid="editor"] .cm-origin');
  await marked.first().waitFor();
  assert.match((await marked.allInnerTexts()).join("\n"), /^ *- name: httpbin-service-https$/m);
  assert.doesNotMatch((await marked.allInnerTexts()).join("\n"), /httpbin-service-http$/m);
  await shot(page, "origin");

  await editor(page).getByText("httpsUpgrade").click();
  await page.locator('[data-testid="manifests"] .manifest-head-linked').first().waitFor();
  const heads = await page.locator('[data-testid="manifests"] .manifest-head-linked').allInnerTexts();
  assert.ok(heads.length > 0);
  for (const head of heads) assert.match(head, /httpbin-service-http(,|$)/m);
}));

test("any line of a rule leads to what came from all of it", visit({}, async (page) => {
  await openExample(page, "combined");
  const heads = page.locator('[data-testid="manifests"] .manifest-head-linked');
  for (const [line, shown] of [["- from:", true], ["namespace: mytest", true], ["workloadSelector", true], ["byEgressGateway:", false]]) {
    await editor(page).getByText("apiVersion").click();
    await page.waitForFunction(() => document.querySelector('[data-testid="manifests"]').shadowRoot.querySelector(".manifest-head-linked") === null);
    await editor(page).locator(".cm-line").filter({ hasText: line }).first().click();
    if (shown) await heads.first().waitFor();
    const marked = (await page.locator('[data-testid="editor"] .cm-origin').allInnerTexts()).join("\n");
    assert.equal(/- name: httpbin-service-http$/m.test(marked) && /- name: httpbin-service-https$/m.test(marked), shown, line);
  }
}));

test("on a phone a resource leads to the tab of its rule, and a rule to that of its resources", visit({ viewport: { width: 390, height: 844 } }, async (page) => {
  await openExample(page, "combined");
  await view(page, "Resources");
  const [origin] = await page.locator('[data-testid="manifests"] .manifest-origin').all();
  const box = await origin.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390, "what a resource was made for is outside of the page");
  await manifests(page).getByText("kind: AuthorizationPolicy").first().click();
  await shot(page, "phone-origin");
  await page.getByRole("button", { name: /^See the rule, policy\.yaml:\d+/ }).click();
  assert.equal(await page.getByRole("tab", { name: "Policy", exact: true }).getAttribute("aria-selected"), "true");
  await page.locator('[data-testid="editor"] .cm-origin').first().waitFor();
  await editor(page).getByText("httpsUpgrade").click();
  await page.getByRole("button", { name: /^See the resources of this rule, \d+ resources/ }).click();
  await page.locator('[data-testid="manifests"] .manifest-head-linked').first().waitFor();
  await shot(page, "phone-linked");
}));

test("errors come before what else there is to say", visit({}, async (page) => {
  const own = (name) => readFile(new URL(`../../tests/cases/check/own-objects/${name}.yaml`, import.meta.url), "utf8");
  await write(page, await own("policy"));
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  await write(page, (await Promise.all(["mesh", "authorization", "istio"].map(own))).join("\n---\n"));
  await page.locator(".problem-warning").first().waitFor();
  await page.getByRole("button", { name: "Add a document" }).click();
  await write(page, "kind: [");
  await page.locator(".problem-error").first().waitFor();
  await settled(page);
  const shown = await page.locator(".problem").evaluateAll((all) => all.map(({ className }) => ["error", "warning", "note"].findIndex((one) => className.includes(one))));
  assert.ok(shown.length > 1);
  assert.deepEqual(shown, [...shown].sort());
}));

test("characters that nobody sees, or that turn others around, are shown by their number", visit({}, async (page) => {
  await write(page, "a\u202eb\u2060c\u200bd\u2067e\u{e0041}f: 1\n");
  assert.equal((await editor(page).locator(".cm-line").first().innerText()).trim(), "aU+202EbU+2060cU+200BdU+2067eU+E0041f: 1");
}));

test("what lies over a text shows names as code, not in backticks", visit({}, async (page) => {
  await editor(page).getByText("metadata").hover();
  const help = page.locator('[data-testid="editor"] .field-help');
  await help.waitFor();
  assert.equal(await help.locator("code", { hasText: "istio-egress" }).count(), 1);
  assert.doesNotMatch(await help.innerText(), /`/);
  await write(page, text("http", "policy.yaml").replace("- httpbin.org", '- "*.httpbin.org"'));
  await page.locator('[data-testid="editor"] .cm-lintRange-error').hover();
  const mistake = page.locator('[data-testid="editor"] .cm-tooltip .cm-diagnostic');
  await mistake.waitFor();
  assert.doesNotMatch(await mistake.innerText(), /`/);
}));

test("a notice moves nothing, and goes by itself", visit({}, async (page) => {
  const top = () => page.locator(".output-tabs").evaluate((tabs) => tabs.getBoundingClientRect().top);
  const before = await top();
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("button", { name: "Copy YAML" }).click();
  const notice = page.locator(".notice");
  await notice.waitFor();
  assert.equal(await top(), before);
  // While it is pointed at it stays.
  await notice.hover();
  await page.waitForTimeout(8_500);
  assert.equal(await notice.count(), 1);
  await page.mouse.move(5, 5);
  await notice.waitFor({ state: "detached", timeout: 12_000 });
}));

test("long names squeeze nothing", visit({}, async (page) => {
  const long = `${"a-long-name-of-a-document-".repeat(4)}.yaml`;
  await page.getByRole("button", { name: "Rename this document" }).click();
  // The field is ready to be typed into, and Escape leaves it.
  const ready = () => page.waitForFunction(() => document.activeElement.matches(".rename input"));
  await ready();
  await page.keyboard.type("typed");
  assert.equal(await page.getByRole("textbox", { name: "Name" }).inputValue(), "typed");
  await page.keyboard.press("Escape");
  await page.getByRole("textbox", { name: "Name" }).waitFor({ state: "detached" });
  await page.keyboard.press("Enter");
  await ready();
  await page.keyboard.type(long);
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: long }).click();
  await write(page, text("http", "policy.yaml").replace("app: sleep-a", `app: ${"x".repeat(58)}`));
  assert.ok((await page.getByRole("tab", { name: "mesh.yaml" }).boundingBox()).x < 500, "the second document is out of sight");
  await view(page, "Reach");
  await answered(page);
  const widths = await page.locator(".flows thead th").evaluateAll((all) => all.map((cell) => cell.getBoundingClientRect().width));
  assert.ok(Math.min(...widths) > 80, widths.join());
  assert.ok(await page.locator(".reach-body").evaluate(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth), "the table scrolls sideways");
  await shot(page, "long-names");
}));

test("resources are shown by kind and by what they contain", visit({}, async (page) => {
  await openExample(page, "combined");
  await page.getByRole("button", { name: /^Gateway/ }).click();
  assert.doesNotMatch(await manifests(page).innerText(), /kind: VirtualService/);
  await page.getByRole("searchbox").fill("tls-443-www");
  const heads = page.locator('[data-testid="manifests"] .manifest-head');
  await page.waitForFunction(() => document.querySelector('[data-testid="manifests"]').shadowRoot.querySelectorAll(".manifest-head").length === 1);
  assert.match(await heads.innerText(), /tls-443-www-httpbin-org/);
}));

test("all resources are downloaded as one file, as a zip, and as a command that no text can end early", visit({}, async (page) => {
  const policy = text("http", "policy.yaml");
  await write(page, policy.replace("name: httpbin-service-http", "name: EGRESSC"));
  const sources = [{ name: "policy.yaml", text: policy.replace("name: httpbin-service-http", "name: EGRESSC") }, { name: "mesh.yaml", text: text("http", "mesh.yaml") }];
  const expected = compile({ sources, format: "yaml" });
  const save = async (label) => {
    await page.getByRole("button", { name: "Export" }).click();
    const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: label }).click()]);
    return readFile(await file.path());
  };
  assert.equal((await save("Download one YAML file")).toString(), expected.text);
  const files = unzipSync(await save("Download a file for each, as zip"));
  assert.equal(Object.keys(files).length, expected.resources.length);
  const [{ kind, namespace, name }] = expected.origins;
  assert.ok(Buffer.from(files[`${kind.toLowerCase()}_${namespace}_${name}.yaml`]).toString().includes(`name: ${name}`));
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("button", { name: "Copy as kubectl apply" }).click();
  await page.getByText("Copied a command for kubectl.").waitFor();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  const lines = command.split("\n");
  const delimiter = /^kubectl apply -f - <<'(\w+)'$/.exec(lines[0])[1];
  assert.equal(lines.indexOf(delimiter), lines.length - 2);
  assert.equal(lines.slice(1, -2).join("\n") + "\n", expected.text);
}));

test("the picture explains its lines, and a line opens its trace", visit({}, async (page) => {
  await openExample(page, "combined");
  await view(page, "Reach");
  await answered(page);
  const line = page.locator(".picture .flow").first();
  await line.focus();
  assert.match(await page.locator(".told").innerText(), /sleep-a.*allowed.*egressgateway-a/s);
  await page.keyboard.press("Enter");
  await page.locator(".outcome-allowed").waitFor();
  assert.equal(await page.getByRole("tab", { name: "Trace" }).getAttribute("aria-selected"), "true");
  assert.deepEqual(await page.locator(".hop-at").allInnerTexts(), ["Workload", "Sidecar", "Egress gateway", "Host"]);
  await shot(page, "trace");
}));

test("the picture's lines say how each leg is encrypted", visit({}, async (page) => {
  await openExample(page, "https-upgrade");
  await view(page, "Reach");
  await answered(page);
  const tags = await page.locator(".picture .labels").first().locator(".tag text").allTextContents();
  assert.deepEqual(tags, ["mTLS", "TLS"]);
  await openExample(page, "http");
  await answered(page);
  assert.deepEqual(await page.locator(".picture .labels").first().locator(".tag text").allTextContents(), ["mTLS", "plain text"]);
}));

test("what only some requests to a host get is told in words", visit({}, async (page) => {
  await page.getByRole("tab", { name: "mesh.yaml" }).click();
  const mesh = `${text("http", "mesh.yaml")}---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: ext, namespace: shop}
spec: {hosts: [ext.example.com], exportTo: ["."], location: MESH_EXTERNAL, resolution: DNS, ports: [{number: 80, name: http, protocol: HTTP}]}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: ext, namespace: shop}
spec:
  hosts: [ext.example.com]
  exportTo: ["."]
  http:
  - match: [{method: {exact: POST}, uri: {exact: /open}, headers: {x-open: {exact: "1"}}}]
    route: [{destination: {host: ext.example.com, port: {number: 80}}}]
  - directResponse: {status: 403}
`;
  await write(page, mesh);
  const { flows } = reach({ sources: [{ name: "policy.yaml", text: text("http", "policy.yaml") }, { name: "mesh.yaml", text: mesh }] });
  const expected = flows.filter(({ from }) => from.path !== "direct").map(({ to: { scheme, host, port, message } }) => {
    const address = `${message?.method ? `${message.method} ` : ""}${scheme}://${host}${port === { http: 80, https: 443 }[scheme] ? "" : `:${port}`}${message?.path ?? ""}`;
    const headers = Object.entries(message?.headers ?? {}).map(([name, value]) => `${name}: ${value}`);
    return headers.length === 0 ? address : `${address} with ${headers.join(" and ")}`;
  });
  await view(page, "Reach");
  await answered(page);
  assert.deepEqual(await page.locator(".flows tbody td:nth-child(2)").allInnerTexts(), expected);
}));

test("documents are added, renamed and removed, and removing is taken back", visit({}, async (page) => {
  await page.getByRole("button", { name: "Add a document" }).click();
  await write(page, "kind: [");
  await page.getByRole("button", { name: "Rename this document" }).click();
  await page.getByRole("textbox", { name: "Name" }).fill("policy.yaml");
  await page.getByRole("button", { name: "Rename", exact: true }).click();
  assert.match(await page.getByRole("alert").innerText(), /already/);
  await page.getByRole("textbox", { name: "Name" }).fill("third.yaml");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: /third\.yaml/ }).waitFor();
  await page.locator(".problem").getByText("third.yaml:1").first().waitFor();
  await page.getByRole("button", { name: "Remove this document" }).click();
  await page.getByText("Removed third.yaml.").waitFor();
  await page.getByRole("button", { name: "Go back" }).click();
  await page.getByRole("tab", { name: /third\.yaml/ }).waitFor();
}));

test("empty documents are a beginning, not an error", visit({ colorScheme: "dark" }, async (page) => {
  await openExample(page, "/clear");
  await page.getByText("No policy yet").waitFor();
  assert.equal(await page.locator(".problem").count(), 0);
  await shot(page, "empty-dark");
  await editor(page).click();
  await page.keyboard.press("Control+Space");
  await page.locator('[data-testid="editor"] .cm-tooltip-autocomplete li').first().waitFor();
  await page.waitForTimeout(100);
  await page.keyboard.press("Enter");
  await settled(page);
  assert.match(await editor(page).innerText(), /kind: ASMEgressTrafficPolicy/);
}));
