// What the tests do as a user does it.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { settled } from "./browser.js";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

/** The repository's examples, read here anew: the page must offer each of them. */
export const examples = readdirSync(EXAMPLES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => ({
    id: name,
    documents: readdirSync(EXAMPLES + name)
      .filter((file) => /\.(yaml|yml|json)$/.test(file))
      .map((file) => ({ name: file, text: readFileSync(`${EXAMPLES}${name}/${file}`, "utf8") })),
  }))
  .filter(({ documents }) => documents.some(({ text }) => text.includes("kind: ASMEgressTrafficPolicy")));

export const text = (id, name) => examples.find((one) => one.id === id).documents.find((one) => one.name === name).text;

export const editor = (page) => page.locator('[data-testid="editor"] .cm-content');
export const manifests = (page) => page.locator('[data-testid="manifests"] .cm-content');

/** Replaces the text of the document that is shown, by pasting. */
export const write = async (page, content) => {
  await page.evaluate((text) => navigator.clipboard.writeText(text), content);
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+v");
  await settled(page);
};

export const openExample = async (page, id) => {
  await page.locator(".example select").selectOption(id);
  await settled(page);
};

export const view = (page, name) => page.getByRole("tab", { name, exact: true }).click();

/** Waits for an answer in the output pane, not for its "Asking…". */
export const answered = (page) =>
  page.waitForFunction(
    () => {
      const panel = document.getElementById("output-panel");
      return panel !== null && !panel.querySelector(".stale, [aria-busy=true]") && !/…$/.test(panel.querySelector(".empty-title")?.textContent ?? "");
    },
    undefined,
    { timeout: 60_000 },
  );

/** A policy of so many rules, each for a workload and a host of its own. */
export const policy = (rules) => {
  const items = Array.from({ length: rules }, (_, index) => {
    const [name, port, protocol] = index % 2 === 0 ? ["http", 80, "HTTP"] : ["https", 443, "HTTPS"];
    return `  - from:
    - namespace: team-${index % 50}
      workloadSelector: {app: app-${index}}
    to:
    - name: service-${index}
      hosts: [api-${index}.example.com]
      port: {name: ${name}, number: ${port}, protocol: ${protocol}}
`;
  });
  return `apiVersion: istio.alibabacloud.com/v1
kind: ASMEgressTrafficPolicy
metadata:
  name: egress-by-egressgateway-a
  namespace: istio-egress
spec:
  byEgressGateway:
    name: egressgateway-a
  egressRules:
${items.join("")}`;
};
