// The registry's console: a load and what it refused, finding a unit, its passport, and the laboratory's records of it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { House, folder } from "./house.js";
import { expect, expectAccessible, test } from "./page.js";
import * as steps from "./steps.js";

const HLA = "A*02:01+A*24:02^B*15:01+B*46:01^DRB1*09:01+DRB1*14:54";
const UNITS = [
  "registry_id,din,ownership,status,hla,abo,rh,collected_on,tnc_e8,cd34_e6,compartments,tank_1,rack_1,box_1,slot_1",
  `CN000001,A999926000001,donated,available,${HLA},A,+,2020-02-28,12.5,4.2,2,T1,R1,B1,1`,
  `CN000002,A999926000002,family,available,${HLA},B,+,2021-02-28,9.5,3.2,5,T1,R1,B1,2`,
  `CN000003,A999926000003,donated,available,A*99:99+A*24:02,O,+,2021-03-28,9.5,3.2,1,T1,R1,B1,3`,
].join("\n");

let house: House;
test.beforeAll(async () => {
  const file = join(folder(), "units.csv");
  writeFileSync(file, UNITS);
  house = await House.start([
    { args: ["demo", "--gifts", "3", "--units", "0"] },
    // Some are refused: the rest is in, and the program says so by its exit status.
    { args: ["import", "units", file, "--bank", "CN-SD", "--create-bank"], refuses: true },
  ]);
});
test.afterAll(() => house.stop());

test("a family's own unit is found by no stranger, and a doctor sees no registry", async ({ another }) => {
  const page = await another({ baseURL: house.url });
  await steps.signIn(page, "doctor", "/console/match");
  await page.locator("#hla").fill(HLA);
  // The family's own unit has the same typing.
  await expect(page.locator(".hit")).toHaveCount(1);
  await expect(page.locator(".hit")).toContainText("CN000001");
  await expect(page.locator(".hit-class")).toHaveText("6/6");
  for (const path of ["/console/units", "/console/lab", "/console/loads", "/console/disclosures"]) {
    expect((await page.request.get(path)).status(), path).toBe(404);
  }
});

test("a load tells what it refused, a number opens the passport", async ({ another }) => {
  const page = await another({ baseURL: house.url });
  await steps.signIn(page, "registry", "/console/loads");
  await expectAccessible(page);
  await page.getByRole("link", { name: "units.csv" }).click();
  await expect(page.locator("main")).toContainText("已生效");
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expect(page.locator("tbody tr")).toContainText("CN000003");
  await expectAccessible(page);

  await page.getByRole("link", { name: "脐血登记" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await expectAccessible(page);
  await page.locator("#q").fill("=A9999 26 000009");
  await page.locator("#q").press("Enter");
  await expect(page.locator("main")).toContainText("没有找到这份脐血");
  await page.locator("#q").fill("=A9999 26 000002");
  await page.locator("#q").press("Enter");
  await expect(page.locator("h1")).toHaveText("脐血 CN000002");
  await expect(page.getByRole("img", { name: /冻存袋分室/ })).toBeVisible();
  await expect(page.locator("main")).toContainText("没有共享同意，别人找不到它");
  await expect(page.locator("main")).toContainText("56 个步骤和 15 项检测都缺失");
  await expectAccessible(page);
});

test("what left the house is listed with purpose and receiver", async ({ another }) => {
  const page = await another({ baseURL: house.url });
  await steps.signIn(page, "registry", "/console/disclosures");
  await expect(page.locator("main")).toContainText("还没有对外提供过数据");
  await expectAccessible(page);
  const file = join(folder(), "units.xml");
  const said = ["--purpose", "国际检索登记", "--to", "演示登记处", "--abroad", "--filing", "演示备案 7"];
  await house.tell({ args: ["export", "units", file, "--format", "wmda", ...said] });
  await page.reload();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  for (const word of ["国际检索登记", "演示登记处", "演示备案 7", "CN-SD", "WMDA", "命令行"]) {
    await expect(page.locator("tbody tr")).toContainText(word);
  }
  await expectAccessible(page);
});

test("the laboratory scans a unit, records a step, a move and a typing", async ({ another }) => {
  const page = await another({ baseURL: house.url });
  await steps.signIn(page, "lab", "/console/lab");
  await expect(page.locator("main")).toContainText("没有等待确认分型的预留");
  await page.locator("#scan").fill("A999926000009");
  await page.locator("#scan").press("Enter");
  await expect(page.locator("#scan-error")).toContainText("没有找到这份脐血");
  await expect(page.locator("#scan")).toHaveValue("A999926000009");
  await expectAccessible(page);
  await page.locator("#scan").fill("A999926000001");
  await page.locator("#scan").press("Enter");
  await expect(page.locator("h1")).toHaveText("脐血 CN000001");
  await expectAccessible(page);

  const done = page.locator("main [role=status]");
  await page.locator("#step").selectOption("blood_collected");
  await page.locator("#started").fill("2020-02-28T10:10");
  await page.locator("#ended").fill("2020-02-28T10:05");
  await page.locator("#operator").fill("李工");
  await page.locator("#step-part button").click();
  await expect(page.locator("#step-part [role=alert]")).toContainText("结束早于开始");
  await expect(page.locator("#operator")).toHaveValue("李工");
  await page.locator("#ended").fill("2020-02-28T10:20");
  await page.locator("#step-part button").click();
  await expect(done).toBeVisible();

  for (const [name, value] of Object.entries({ tank: "t9", rack: "2", slot_box: "3", slot: "4" })) {
    await page.locator(`#${name}`).fill(value);
  }
  await page.locator("#move-part button").click();
  await expect(page.locator("#move-part")).toContainText("罐 T9 · 架 2 · 盒 3 · 位 4");

  await page.locator("#hla").fill(HLA.replace("A*24:02", "A*11:01"));
  await page.locator("#typed_on").fill("2026-01-05");
  await page.locator("#typing-part button").click();
  await expect(page.locator("#typing-part")).toContainText("A*11:01");

  await page.getByRole("link", { name: "完整档案" }).click();
  await expect(page.locator("main")).toContainText("共 71 项，已记录 1 项");
  await expect(page.locator("main")).toContainText("实验室系统");
  await expectAccessible(page);
});
