// The first thing that must work: pages arrive, obey their policy, and read well to assistive technology.

import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "./page.js";

for (const path of ["/how", "/privacy"]) {
  test(`${path} arrives whole`, async ({ page }) => {
    const answer = await page.goto(path);
    expect(answer?.status()).toBe(200);
    expect(answer?.headers()["content-security-policy"]).toContain("default-src 'none'");
    await expect(page.locator("h1")).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag22aa"]).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  });
}

test("the language is kept, and the switch comes back to the page", async ({ page }) => {
  await page.goto("/how");
  await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
  await page.locator("form.language button").first().click();
  await expect(page).toHaveURL(/\/how$/);
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.goto("/privacy");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
});

test("assets are cached for ever by their hashed names, and the unknown is a page with 404", async ({ page, request }) => {
  await page.goto("/how");
  const style = await page.locator("link[rel=stylesheet]").getAttribute("href");
  expect(style).toMatch(/^\/pkg\/main-[0-9a-f]{16}\.css$/);
  const asset = await request.get(style!);
  expect(asset.headers()["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(asset.headers()["content-type"]).toBe("text/css; charset=utf-8");
  const missing = await request.get("/nowhere");
  expect(missing.status()).toBe(404);
  expect(await missing.text()).toContain("<h1>");
});
