// Each pane does what it is for.
import assert from "node:assert/strict";
import { test } from "node:test";
import { unzipSync } from "fflate";
import { readFile } from "node:fs/promises";
import { compile } from "../../bindings-js/dist/node.js";
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
