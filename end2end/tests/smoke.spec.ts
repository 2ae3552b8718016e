// The first thing that must work: a page arrives, obeys its policy, and its islands wake up.

import { expect, test } from "./page.js";

test("the home page arrives and its island wakes up", async ({ page }) => {
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  await expect(page.locator("h1")).toHaveText("火种工程");
  await page.locator("html[data-hydrated]").waitFor();
  await page.locator("#alive").click();
  await expect(page.locator("#alive")).toHaveText("1");
});
