// Takes a picture of each console page of the registry, with units in it and without; a page that scrolls sideways fails.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { House } from "../tests/house.js";
import { alive, expect, test } from "../tests/page.js";
import * as steps from "../tests/steps.js";

const HLA = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
const HEAD = "registry_id,ownership,status,hla,collected_on,tnc_e8,cd34_e6";

let full: House;
let empty: House;
test.beforeAll(async () => {
  test.setTimeout(300_000);
  const units = process.env.SPARK_TEST_UNITS ?? "2000";
  full = await House.start([{ args: ["demo", "--gifts", "5", "--units", units] }]);
  empty = await House.start([{ args: ["demo", "--gifts", "1", "--units", "0"] }]);
});
test.afterAll(async () => {
  await full.stop();
  await empty.stop();
});

test("the registry's pages", async ({ another }, info) => {
  const folder = process.env.SPARK_TEST_SCREENS ?? join(info.config.rootDir, "..", "test-results", "screens");
  mkdirSync(folder, { recursive: true });
  const { viewport, isMobile, hasTouch, colorScheme, locale } = info.project.use;
  const size = { viewport: viewport!, isMobile: !!isMobile, hasTouch: !!hasTouch };
  const person = (house: House) => another({ baseURL: house.url, colorScheme, locale, ...size });
  const tooWide: string[] = [];
  const shoot = async (name: string, page: Page) => {
    const over = (await page.evaluate(() => document.documentElement.scrollWidth)) - viewport!.width;
    if (over > 0) tooWide.push(`${name}: ${over} px`);
    await page.screenshot({ path: join(folder, `${name}.${info.project.name}.png`), fullPage: true });
  };

  const page = await person(full);
  await steps.signIn(page, "registry", "/console/registry");
  await expect(async () => {
    await page.goto("/console/registry");
    await expect(page.locator(".bars").first()).toBeVisible({ timeout: 500 });
  }).toPass();
  await shoot("registry", page);
  await page.goto("/console/units");
  await shoot("units", page);
  await page.locator("main tbody a").first().click();
  await shoot("passport", page);
  await page.goto("/console/loads");
  await shoot("loads", page);
  await page.locator("#upload summary").first().click();
  await page.locator("#upload summary").last().click();
  await page.getByRole("button", { name: /上传并读取|Send and read/ }).click();
  await shoot("loads-refused", page);

  const bank = `S-${info.project.name}`;
  const send = async (lines: string[]) => {
    await page.goto("/console/loads");
    await page.locator("#bank").selectOption("");
    await page.locator("#upload summary").first().click();
    await page.locator("#new_bank").fill(bank);
    const buffer = Buffer.from([HEAD, ...lines].join("\n"));
    await page.locator("#file").setInputFiles({ name: "山东库-2026-11.csv", mimeType: "text/csv", buffer });
    await page.getByRole("button", { name: /上传并读取|Send and read/ }).click();
  };
  const unit = (n: number, hla = HLA) => `${info.project.name}-${n},donated,available,${hla},2020-02-28,12.5,4.2`;
  await send(Array.from({ length: 40_000 }, (_, n) => unit(n)));
  await alive(page);
  await expect(page.locator(".progress-text")).toContainText(/[1-9],000/);
  await shoot("load-running", page);
  await page.getByRole("button", { name: /^(停止|Stop)$/ }).click();
  await expect(page.locator(".notice")).toBeVisible();
  await shoot("load-stopped", page);
  await send([unit(1), unit(2), unit(3, "A*02:01+随便"), unit(4, ""), unit(1, HLA.replace("24:02", "11:01"))]);
  await expect(page.locator(".sums-line")).toBeVisible();
  await shoot("load-trial", page);
  await page.getByRole("button", { name: /装入这个文件|Load this file/ }).click();
  await expect(page.locator("main")).toContainText(/已生效|Published/);
  await shoot("load-done", page);
  await page.goto("/console/loads");
  await shoot("loads-list", page);

  const bare = await person(empty);
  await steps.signIn(bare, "registry", "/console/registry");
  await expect(async () => {
    await bare.goto("/console/registry");
    await expect(bare.locator(".empty")).toBeVisible({ timeout: 500 });
  }).toPass();
  await shoot("registry-empty", bare);
  await bare.goto("/console/loads");
  await shoot("loads-empty", bare);

  const admin = await person(full);
  await steps.signIn(admin, "admin", "/console/nomenclature");
  await shoot("nomenclature", admin);
  const load = async (version: string, more = "") => {
    const text = `# file: hla_nom.txt\n# version: TEST ${version}\nA*;02:01;20000101;;;\n${more}`;
    const file = { name: "hla_nom.txt", mimeType: "text/plain", buffer: Buffer.from(text) };
    await admin.locator("#files").setInputFiles(file);
    await admin.getByRole("button", { name: /检查并装入|Check and load/ }).click();
  };
  if ((await admin.locator("main tbody tr").count()) === 0) await load("1.0.0");
  await load("1.0.1");
  await shoot("nomenclature-loaded", admin);
  await load("1.0.2", "A*;02:0x;20000101;;;\n");
  await shoot("nomenclature-refused", admin);
  expect(tooWide, "no page scrolls sideways").toEqual([]);
});
