// A file of units through the browser: trial, outcome, load; the overview that follows; releases of the nomenclature.

import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import { House } from "./house.js";
import { alive, expect, expectAccessible, test } from "./page.js";
import * as steps from "./steps.js";

const HLA = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
const HEAD = "registry_id,ownership,status,hla,collected_on,tnc_e8,cd34_e6";

function csv(lines: string[]) {
  return { name: "units.csv", mimeType: "text/csv", buffer: Buffer.from([HEAD, ...lines].join("\n")) };
}

function unit(id: string, hla = HLA, year = 2020): string {
  return `${id},donated,available,${hla},${year}-02-28,12.5,4.2`;
}

/** Sends the form with a file; what is not said stays as it is. */
async function send(page: Page, bank: string, file: ReturnType<typeof csv>): Promise<void> {
  const select = page.locator("#bank");
  if ((await select.count()) > 0) {
    await select.selectOption("");
    // A form that comes back has its fold open.
    if (!(await page.locator("#new_bank").isVisible())) await page.locator("#upload summary").first().click();
  }
  await page.locator("#new_bank").fill(bank);
  await page.locator("#file").setInputFiles(file);
  await page.getByRole("button", { name: /上传并读取|Send and read/ }).click();
}

// Files of many units, and several pages each looked through for accessibility.
test.describe.configure({ timeout: 120_000 });

let house: House;
test.beforeAll(async () => {
  house = await House.start([{ args: ["demo", "--gifts", "3", "--units", "0"] }]);
});
test.afterAll(() => house.stop());

test("a trial tells what would change, the load changes it, and the overview counts it", async ({ another }, info) => {
  const bank = `E-${info.project.name}`;
  const page = await another({ baseURL: house.url, viewport: info.project.use.viewport! });
  await steps.signIn(page, "registry", "/console/loads");
  await expectAccessible(page);
  // Without a file nothing is sent on, and what was chosen stays.
  await page.locator("#kind").selectOption("differential");
  await page.locator("#bank, #new_bank").first().waitFor();
  if ((await page.locator("#bank").count()) > 0) await page.locator("#bank").selectOption("");
  await page.getByRole("button", { name: "上传并读取" }).click();
  await expect(page.locator("#new_bank-error")).toHaveText("请填写这一项。");
  await page.locator("#new_bank").fill(bank);
  await page.getByRole("button", { name: "上传并读取" }).click();
  await expect(page.locator("#upload [role=alert]")).toContainText("没有选择文件");
  await expect(page.locator("#kind")).toHaveValue("differential");

  const id = info.project.name.toUpperCase();
  const units = [unit(`${id}1`), unit(`${id}2`, HLA, 2022), unit(`=${id}3`, "A*02:01+随便")];
  await send(page, bank, csv(units));
  await expect(page).toHaveURL(/\/console\/loads\/[0-9a-f-]{36}$/);
  await expect(page.locator("main")).toContainText("如果装入，登记会这样改变");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expectAccessible(page);
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("link", { name: "下载拒绝清单" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  expect(text.startsWith("\uFEFF行,登记编号,原因\r\n")).toBe(true);
  expect(text).toContain(`'=${id}3`);

  await page.getByRole("button", { name: "装入这个文件" }).click();
  await expect(page.locator("main")).toContainText("已生效");
  await expectAccessible(page);
  await page.goto("/console/registry");
  await expect(page.locator("h1")).toHaveText("登记概况");
  await expect(page.locator(".bars").first()).toBeVisible();
  await expect(page.locator("main")).toContainText("没有载入 IPD-IMGT/HLA 发布");
  await expectAccessible(page);
});

test("a large file shows how far it is, and can be stopped", async ({ another }, info) => {
  const page = await another({ baseURL: house.url, viewport: info.project.use.viewport!, locale: "en-GB" });
  await steps.signIn(page, "lab", "/console/loads");
  const lines = Array.from({ length: 60_000 }, (_, n) => unit(`${info.project.name}-${n}`));
  await send(page, `L-${info.project.name}`, csv(lines));
  await alive(page);
  const words = page.locator(".progress-text");
  await expect(words).toContainText(/units read/);
  const before = await words.textContent();
  // By itself, without another page.
  await expect.poll(() => words.textContent()).not.toBe(before);
  await expectAccessible(page);
  const address = page.url();

  // Another one of the same bank is refused in words.
  const other = await another({ baseURL: house.url, locale: "en-GB" });
  await steps.signIn(other, "lab", "/console/loads");
  await send(other, `L-${info.project.name}`, csv([unit("X1")]));
  await expect(other.locator("#upload [role=alert]")).toContainText("only one goes at a time");

  await page.goto(address);
  await page.getByRole("button", { name: "Stop" }).click();
  await expect(page.locator("main")).toContainText("The reading stopped before its end");
  await expectAccessible(page);
});

test.describe("without a script", () => {
  test.use({ javaScriptEnabled: false });

  test("a file is sent, its progress is a link, and a dangerous one is refused", async ({ another }, info) => {
    const page = await another({
      baseURL: house.url,
      viewport: info.project.use.viewport!,
      javaScriptEnabled: false,
    });
    await steps.signIn(page, "registry", "/console/loads");
    const lines = Array.from({ length: 3_000 }, (_, n) => unit(`N${info.project.name}-${n}`));
    await send(page, `N-${info.project.name}`, csv(lines));
    await expect(async () => {
      const refresh = page.getByRole("link", { name: "刷新进度" });
      if ((await refresh.count()) > 0) await refresh.click();
      await expect(page.locator("main")).toContainText("如果装入", { timeout: 500 });
    }).toPass();
    await page.getByRole("button", { name: "不装入，删除文件" }).click();
    await expect(page.locator("main")).toContainText("文件已从服务器删除");

    await page.goto("/console/loads");
    const bomb = '<!DOCTYPE x [<!ENTITY a "b">]><INVENTORIES/>';
    await send(page, `N-${info.project.name}`, {
      name: "units.xml",
      mimeType: "text/xml",
      buffer: Buffer.from(bomb),
    });
    await expect(async () => {
      await page.goto(page.url());
      await expect(page.locator("main")).toContainText("文件被整体拒绝", { timeout: 500 });
    }).toPass();
  });
});

function table(name: string, version: string, rows: string) {
  const text = `# file: ${name}\n# version: TEST ${version}\n${rows}`;
  return { name, mimeType: "text/plain", buffer: Buffer.from(text) };
}

/** The tables of an invented release, all but the G groups. */
function release(version: string, more = "") {
  const names = "A*;02:01;20000101;;;\nB*;15:01;20000101;;;\nA;2;20000101;;;\nB;62;20000101;;;\n";
  return [
    table("hla_nom.txt", version, names + more),
    table("hla_nom_p.txt", version, "A*;02:01;\nB*;15:01;\n"),
    table("rel_dna_ser.txt", version, "A*;02:01;2;;;\nB*;15:01;62;;;\n"),
    table("rel_ser_ser.txt", version, "A;9;23/24;\n"),
  ];
}

test("a release is checked, taken into use, and changed for another", async ({ another }, info) => {
  const own = await House.start([{ args: ["demo", "--gifts", "1", "--units", "0"] }]);
  const page = await another({ baseURL: own.url, viewport: info.project.use.viewport! });
  try {
    await steps.signIn(page, "admin", "/console/nomenclature");
    await expect(page.locator("main")).toContainText("还没有装入命名版本");
    await expectAccessible(page);
    const load = async (files: ReturnType<typeof release>) => {
      await page.locator("#files").setInputFiles(files);
      await page.getByRole("button", { name: "检查并装入" }).click();
    };
    await load(release("1.0.0", "A*;02:0x;20000101;;;\n"));
    await expect(page.locator("[role=alert]")).toContainText("hla_nom.txt 第 7 行");
    await load([{ ...table("", "", ""), name: "table.txt", buffer: Buffer.from("A*;02:01;20000101;;;\n") }]);
    await expect(page.locator("[role=alert]")).toContainText("“table.txt”的文件头");
    await load(release("1.0.0").filter(({ name }) => name !== "hla_nom_p.txt"));
    await expect(page.locator("[role=alert]")).toContainText("hla_nom_p.txt");
    await load(release("1.0.0"));
    await expect(page.locator("[role=status]")).toContainText("1.0.0 版已装入并使用");
    await expect(page.locator("main")).toContainText("G 组（hla_nom_g.txt）");
    await load(release("1.0.1"));
    await page.getByRole("button", { name: "改用 1.0.0 版" }).click();
    await expect(page.locator("[role=status]")).toContainText("已改用 1.0.0 版");
    await expectAccessible(page);
  } finally {
    await own.stop();
  }
});
