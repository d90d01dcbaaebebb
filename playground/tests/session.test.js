// Links, drafts, and what hostile ones do: nothing.
import assert from "node:assert/strict";
import { deflateSync } from "node:zlib";
import { test } from "node:test";
import { settled } from "./browser.js";
import { editor, openExample, view, write } from "./parts.js";
import { browser, site, visit } from "./visit.js";

const link = (state, version = 1) =>
  `#v${version}.${deflateSync(Buffer.from(typeof state === "string" ? state : JSON.stringify(state))).toString("base64url")}`;

/** Made by version 1 when it was new. It must open for ever: never write it anew. */
const FROZEN = "#v1.eJx1U8Fu2zAM_RVCO-ziOC2awyBgA3YougHtVjTBhqIuBllmYq-yqEl0Oi_wvw-yHTdNthtlPj6afI87UZBuarQchHzYCatqFFI4MpVu01bVRiSC8TcLKZSrvqEPFVkJVeCKUmWqXOVKG2qKVFM9355n9qmyhYSPy5vLjccQVl6t15W-7RkzWyOrQrGSsIu9JGCPmuXtbIg2ivFZtTOVQAQEpzSO_UZEl9ngUMvMAuTt0OVqqDpinbi6iB2-3TUGQ187g7Wnug_j46Bb3TIGHhIAz-SfDKliiQY1k5ewU85JCAbRjdwATBNTSYGDhIe1pz9oU_ytamcwLuhxz-nIc_zZps7RS1gsLhJwnpg0GQmfVqvbZZdZ0SWTJDWG8kiQN_C9VDzOpeHJ0nMAlVPDwCVCrJB9NCBgXMfb0LcPoGzRp7Wp0PLLAtLMHmo98qcFbufbc2VcqSaZbzCUl3ZbebLRRAf6xklHLYb5D1Tr1Zz4M3GeXpxlImao4ZwaW7xyjYS7y6vPy9Xd_Y-vX67vI24cZS_kP0Ufdn1iotAGxnpIBvTb6thfRwSOimuVowlyL14P_k-7yKkbX3GbDjdS0ZxNuKFi32XP6jlMjtkNfnh3lgArv0G-nd7aqBAklMyuO4L3rjnE9x_GAjbhFL84xi9O8NO-Xu_28CQq-xM199qxbzD69DEROa7Jo5APj4n41WAc1Qq5EzUV0b8BLaPVKJKXUIqBNlHOvR_PCWYf-mGDnM9PD0gkwtBGSCESsSZfC7nrukQ4ZSMbe6VRdH8BMPKqWg";

test("a link of version 1, frozen when it was made, opens as it was", visit({ path: FROZEN }, async (page) => {
  assert.deepEqual(await page.locator(".document-tabs [role=tab]").allInnerTexts(), ["policy.yaml", "mesh.yaml"]);
  assert.match(await editor(page).innerText(), /ASMEgressTrafficPolicy/);
  assert.match(await editor(page).innerText(), /hosts: \[frozen\.example\.com\]/);
  assert.equal(await page.getByRole("tab", { name: "Trace" }).getAttribute("aria-selected"), "true");
  assert.equal(await page.getByLabel("Question").inputValue(), "mytest,app=sleep-a -> https://frozen.example.com");
  await page.locator(".outcome-allowed").waitFor();
}));

test("a shared link carries everything, broken documents included", visit({}, async (page, context) => {
  await write(page, "kind: [ broken é 日本 \u{1f600}\n  - x: 'y");
  await view(page, "Trace");
  await page.getByLabel("Question").fill("half a ques");
  await page.getByRole("button", { name: "Share" }).click();
  const url = await page.getByTestId("link").inputValue();
  assert.ok(url.startsWith(`${site.url}#v1.`));
  await page.getByRole("dialog").getByRole("button", { name: "Copy" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);

  const other = await context.browser().newContext();
  const guest = await other.newPage();
  await guest.goto(url);
  await settled(guest);
  assert.equal((await editor(guest).innerText()).trimEnd(), "kind: [ broken é 日本 \u{1f600}\n  - x: 'y");
  assert.equal(await guest.getByLabel("Question").inputValue(), "half a ques");
  assert.equal(new URL(guest.url()).hash, "", "the link would overwrite later work at a reload");
  await other.close();
}));

test("on a phone a link opens the pane that was shared", visit({ path: FROZEN, viewport: { width: 390, height: 844 } }, async (page) => {
  assert.equal(await page.getByRole("tab", { name: "Trace" }).getAttribute("aria-selected"), "true");
  await page.locator(".outcome-allowed").waitFor();
}));

test("a draft survives a reload, with the documents, the pane and the theme", visit({}, async (page) => {
  await write(page, "# my draft\n");
  await view(page, "Diff");
  await page.getByRole("button", { name: /^Theme/ }).click();
  await page.waitForTimeout(400);
  await page.reload();
  await settled(page);
  assert.match(await editor(page).innerText(), /# my draft/);
  assert.equal(await page.getByRole("tab", { name: "Diff" }).getAttribute("aria-selected"), "true");
  assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
}));

test("opening a link or an example does not lose a draft", visit({}, async (page) => {
  await write(page, "# precious\n");
  await page.waitForTimeout(400);
  await page.goto(`${site.url}${link({ documents: [{ name: "a.yaml", text: "# theirs\n" }] })}`);
  await page.getByText("use Go back to restore your documents").waitFor();
  assert.match(await editor(page).innerText(), /# theirs/);
  await page.getByRole("button", { name: "Go back" }).click();
  assert.match(await editor(page).innerText(), /# precious/);
  await openExample(page, "tcp");
  await page.getByRole("button", { name: "Go back" }).click();
  assert.match(await editor(page).innerText(), /# precious/);
}));

const good = link({ documents: [{ name: "a.yaml", text: "# x\n" }] });
const middle = Math.floor(good.length / 2);
const HOSTILE = {
  "cut short": good.slice(0, -5),
  "cut at the front": `#${good.slice(6)}`,
  "changed in the middle": good.slice(0, middle) + (good[middle] === "A" ? "B" : "A") + good.slice(middle + 1),
  "of a newer version": link({ documents: [] }, 2),
  "not a link at all": "#<img src=x onerror=alert(1)>",
  "without a body": "#v1.",
  "no JSON": link("{"),
  "no object": link("[]"),
  "no documents": link({}),
  "documents that are none": link({ documents: [1, null] }),
  "an empty list": link({ documents: [] }),
  "too many documents": link({ documents: Array.from({ length: 51 }, (_, at) => ({ name: `${at}`, text: "" })) }),
  "two of one name": link({ documents: [{ name: "a", text: "" }, { name: "a", text: "" }] }),
  "a name with control characters": link({ documents: [{ name: "a\u202eb", text: "" }] }),
  "a form of objects": link({ documents: [{ name: "a", text: "" }], question: { form: { host: {} } } }),
  "a bomb": link(`{"documents":[{"name":"a","text":"${"x".repeat(40 << 20)}"}]}`),
};

for (const [what, fragment] of Object.entries(HOSTILE)) {
  test(`a hostile link (${what}) is refused with a reason, and the page works`, visit({ path: fragment }, async (page) => {
    const notice = page.locator(".notice-error");
    await notice.waitFor();
    assert.match(await notice.innerText(), /^The link could not be opened: .{10,200}\.$/m);
    await openExample(page, "tcp");
    await page.locator(".resources .chip").first().waitFor();
  }));
}

test("text from a link is text", visit(
  {
    path: link({
      documents: [{ name: "<img src=x onerror=alert(1)>", text: "kind: '<script>alert(1)</script>'\napiVersion: \"`<b>`\"\n" }],
      question: { mode: "sentence", sentence: "<script>alert(1)</script>" },
      pane: "trace",
    }),
  },
  async (page) => {
    await page.locator(".problem").first().waitFor();
    await page.getByText("This request is not valid").waitFor();
    assert.equal(await page.locator("img, #app script, .problem b").count(), 0);
  },
));

test("a draft that somebody broke is passed over", visit({}, async (page) => {
  await page.evaluate(() => localStorage.setItem("egressc.playground.draft.1", '{"documents":[{"name":7}]}'));
  await page.addInitScript(() => localStorage.setItem("egressc.playground.draft.1", '{"documents":[{"name":7}]}'));
  await page.reload();
  await settled(page);
  await page.locator(".resources .chip").first().waitFor();
}));
