// What each file of tests begins and ends with, and each test: a browser, the site, and a page that ends without faults.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { launch, open } from "./browser.js";
import { serve } from "./site.js";

export let browser;
export let site;
before(async () => {
  [browser, site] = [await launch(), await serve()];
});
after(async () => {
  await browser.close();
  await site.close();
});

/** A test on a fresh page; what goes wrong unseen, in `faults`, must be nothing at the end. */
export const visit = (options, steps) => async () => {
  const { page, context, faults } = await open(browser, site, options);
  await steps(page, context, faults);
  assert.deepEqual(faults, []);
  await context.close();
};
