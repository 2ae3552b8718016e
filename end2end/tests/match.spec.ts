// The match desk, from a patient to a unit that was infused: what doctors, technicians, managers and the laboratory do.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContextOptions, Page } from "@playwright/test";
import { House, PASSWORD, folder } from "./house.js";
import { alive, expect, expectAccessible, test } from "./page.js";
import { readText } from "./paper.js";
import * as steps from "./steps.js";

const HLA = "A*74:01+A*36:01^B*15:10+B*53:01^C*03:04+C*04:01^DRB1*13:02+DRB1*11:02^DQB1*06:09+DQB1*03:19";
const HALF = "A*74:01+A*36:01^B*15:10+B*53:01^C*03:04+C*04:01^DRB1*13:02+DRB1*04:05^DQB1*06:09+DQB1*03:19";
const UNITS = [
  "registry_id,din,ownership,status,hla,abo,rh,collected_on,tnc_e8,cd34_e6,compartments,tank_1,rack_1,box_1,slot_1",
  `CN000001,A999926000001,donated,available,${HLA},A,+,2020-02-28,12.5,4.2,5,T1,R1,B1,1`,
  `CN000002,A999926000002,donated,available,${HLA},B,+,2021-02-28,3.5,1.2,2,T1,R1,B1,2`,
  `CN000003,A999926000003,donated,available,${HALF},O,+,2021-03-28,9.5,3.2,1,T1,R1,B1,3`,
].join("\n");

let house: House;
test.beforeAll(async () => {
  test.setTimeout(120_000);
  const file = join(folder(), "units.csv");
  writeFileSync(file, UNITS);
  house = await House.start([
    { args: ["demo", "--gifts", "2", "--units", "210"] },
    { args: ["admin", "create-user", "lab2", "--role", "laboratory"], input: PASSWORD },
    { args: ["import", "units", file, "--bank", "CN-SD", "--create-bank"] },
  ]);
});
test.afterAll(() => house.stop());

type Another = (options?: BrowserContextOptions) => Promise<Page>;

/** Somebody who is signed in, on a screen of this project's size. */
async function person(another: Another, name: string, path: string, options: BrowserContextOptions = {}) {
  const { viewport, isMobile, hasTouch } = test.info().project.use;
  const size = { viewport: viewport ?? null, ...(isMobile ? { isMobile } : {}), ...(hasTouch ? { hasTouch } : {}) };
  const page = await another({ baseURL: house.url, ...size, ...options });
  await steps.signIn(page, name, path);
  return page;
}

/** No page scrolls sideways, and axe finds nothing. */
async function expectSound(page: Page): Promise<void> {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(over, `${page.url()} is too wide`).toBeLessThanOrEqual(0);
  await expectAccessible(page);
}

/** A code that nobody else in this run has. */
const fresh = () => `E2E-${Math.random().toString(36).slice(2, 10).toUpperCase()}`;

/** Adds a patient as whoever is signed in, and arrives at their page. */
async function addPatient(page: Page, hla: string, weight = "18.5"): Promise<{ code: string; id: string }> {
  const code = fresh();
  await page.goto("/console/patients/new");
  await page.locator("#code").fill(code.toLowerCase());
  await page.locator("#hla").fill(hla);
  await page.locator("#weight").fill(weight);
  await page.locator("#abo").selectOption("A");
  await page.locator("#diagnosis").fill("急性淋巴细胞白血病");
  await page.locator("main form button[type=submit]").click();
  await expect(page).toHaveURL(/\/console\/patients\/[0-9a-f-]{36}\?done=1$/);
  return { code, id: new URL(page.url()).pathname.split("/").pop()! };
}

/** From a search with units ticked to the form that holds them; answers the address of the report made on the way. */
async function toHold(page: Page): Promise<string> {
  await page.locator("button[name=then][value=hold]").click();
  await expect(page).toHaveURL(/\/console\/reports\/[0-9a-f-]{36}\/hold\?unit_[0-9a-f-]{36}=on$/);
  return new URL(page.url()).pathname.replace("/hold", "");
}

/** Makes a report of a patient's search and has it signed; answers its address. */
async function signedReport(doctor: Page, another: Another, patient: string): Promise<string> {
  await doctor.goto(`/console/match?patient=${patient}`);
  await doctor.locator("button[formaction='/console/match/keep']:not([name])").click();
  await expect(doctor).toHaveURL(/\/console\/reports\/[0-9a-f-]{36}$/);
  const report = new URL(doctor.url()).pathname;
  const technician = await person(another, "hla", report);
  await technician.locator(`form[action="${report}/sign"] button`).click();
  await expect(technician.locator(".desk-head .state[data-mark=good]")).toBeVisible();
  await doctor.reload();
  return report;
}

const hit = (page: Page, number: string) => page.locator(".hit", { hasText: number });
const box = (page: Page, number: string) => hit(page, number).locator("input[type=checkbox]");

for (const locale of ["zh-CN", "en-GB"]) {
  test(`a pasted typing becomes results, a comparison, a hold and a signed report: ${locale}`, async ({ another }) => {
    test.setTimeout(240_000);
    const zh = locale === "zh-CN";
    const doctor = await person(another, "doctor", "/console/match", { locale });
    await alive(doctor);
    await expectSound(doctor);
    await expect(doctor.locator(".hit")).toHaveCount(0);

    // The results follow the typing, and what stands in the address says nothing about a patient.
    await doctor.locator("#hla").fill("A*74:01 随便");
    await expect(doctor.locator("#hla-error")).not.toBeEmpty();
    await expectSound(doctor);
    await doctor.locator("#hla").fill(HLA);
    await expect(hit(doctor, "CN000001")).toBeVisible();
    await expect(doctor.locator("#hla-error")).toBeEmpty();
    await expect(doctor.locator("#understood")).toContainText("DRB1");
    await expect(hit(doctor, "CN000001")).toContainText(zh ? "需要填写体重" : "needs the weight");
    await doctor.locator("#weight").fill("20");
    await expect(hit(doctor, "CN000001").locator(".dose-bar")).toHaveCount(2);
    await expect(hit(doctor, "CN000001").locator(".match-sign[data-grade=allele]")).toHaveCount(10);
    await expect(hit(doctor, "CN000003").locator(".match-sign[data-grade=mismatch]")).not.toHaveCount(0);
    await expect(hit(doctor, "CN000001").locator(".cell[data-state=free]")).toHaveCount(5);
    // Suitable blood groups hang on the patient's: without it the form says so, and keeps what was typed.
    await doctor.locator("#abo").selectOption("");
    await doctor.locator(".match-patient summary").click();
    await doctor.locator("#abo_compatible").check();
    await expect(doctor.locator("#abo-error")).not.toBeEmpty();
    await expect(doctor.locator("#hla")).toHaveValue(HLA);
    await doctor.locator("#abo_compatible").uncheck();
    await expect(doctor.locator("#abo-error")).toBeEmpty();
    await doctor.locator("#class").selectOption("6/6");
    await expect(doctor.locator(".hit")).toHaveCount(2);
    await expect(doctor).toHaveURL(/\/console\/match\?class=6%2F6&policy=malignant$/);
    await doctor.locator("#class").selectOption("4/6");
    await expect(hit(doctor, "CN000003")).toBeVisible();
    await expectSound(doctor);

    await box(doctor, "CN000001").check();
    await box(doctor, "CN000003").check();
    await doctor.locator("button[name=compare]").click();
    await expect(doctor.locator("#compare thead th")).toHaveText(["CN000001", "CN000003"]);
    await expect(box(doctor, "CN000003")).toBeChecked();
    await expectSound(doctor);

    // For a patient that is recorded it can be held.
    const patient = await addPatient(doctor, HLA);
    await expectSound(doctor);
    await expect(doctor.locator("main")).toContainText(patient.code);
    await expect(doctor.locator(".read")).toContainText("74:01");
    const report = await signedReport(doctor, another, patient.id);
    await expectSound(doctor);
    for (const lang of ["zh", "en"]) {
      const paper = await readText(await (await doctor.request.get(`${report}/${lang}`)).body());
      expect(paper).toContain(lang === "zh" ? "组织配型初查报告" : "First HLA match report");
      expect(paper).toContain(patient.code);
      // Each figure stands under its own name, and no character is missing on paper.
      expect(paper).toMatch(lang === "zh" ? /血型 A（血型相同）；采集 2020-02-28；可用室 / : /Blood group A \(same blood group\); collected 2020-02-28;/);
      expect(paper).not.toContain("[U+");
      expect(paper, "signed").not.toContain(lang === "zh" ? "未经复核" : "Draft: not");
    }

    await box(doctor, "CN000001").check();
    await doctor.locator(`button[formaction="${report}/hold"]`).click();
    await expect(doctor.locator(".hold-part")).toHaveCount(5);
    await alive(doctor);
    const free = doctor.locator(".hold-part[data-state=free] input");
    await free.first().check();
    await expect(doctor.locator("#hold-doses .dose-bar")).toHaveCount(2);
    const one = await doctor.locator("#hold-doses .dose-figure").first().innerText();
    await free.nth(1).check();
    await expect(doctor.locator("#hold-doses .dose-figure").first()).not.toHaveText(one);
    await doctor.locator("input[name=purpose][value=confirmatory_typing]").check();
    await doctor.locator("#days").fill("31");
    await expect(doctor.locator("#days-error")).not.toBeEmpty();
    await doctor.locator("#days").fill("10");
    await expect(doctor.locator("#days-error")).toBeEmpty();
    await expect(doctor.locator("#hold-until")).not.toBeEmpty();
    await expectSound(doctor);
    await doctor.getByRole("button", { name: zh ? "预留所选分室" : "Hold these compartments" }).click();
    await expect(doctor).toHaveURL(/\/console\/holds\/[0-9a-f-]{36}\?done=1$/);
    await expect(doctor.locator(".held .cell[data-state=free]")).toHaveCount(2);
    await expectSound(doctor);
    const hold = new URL(doctor.url()).pathname;
    await doctor.goto("/console/holds");
    await expect(doctor.locator(`a[href="${hold}"]`)).toBeVisible();
    await expectSound(doctor);
    await doctor.goto(`/console/patients/${patient.id}`);
    await expect(doctor.locator(`a[href="${hold}"]`)).toBeVisible();
    await expect(doctor.locator(`a[href="${report}"]`)).toBeVisible();
    await expectSound(doctor);

    // What is given up is free again.
    await doctor.goto(hold);
    await doctor.locator("summary", { hasText: zh ? "取消预留" : "Give the hold up" }).click();
    await doctor.locator("#cancel-reason").fill("家属改变主意");
    await doctor.getByRole("button", { name: zh ? "取消预留" : "Cancel the hold" }).click();
    await expect(doctor.locator(".timeline")).toContainText("家属改变主意");
  });
}

test("an unsigned report bears its mark, and is ground for a reservation only", async ({ another }) => {
  test.setTimeout(180_000);
  const doctor = await person(another, "doctor", "/console/patients");
  await expectSound(doctor);
  const { id } = await addPatient(doctor, HLA);
  await doctor.goto(`/console/match?patient=${id}`);
  await box(doctor, "CN000003").check();
  const report = await toHold(doctor);
  for (const [lang, words] of [["zh", "未经复核，不得用于临床"], ["en", "Draft: not for clinical use"]] as const) {
    expect(await readText(await (await doctor.request.get(`${report}/${lang}`)).body())).toContain(words);
  }
  await doctor.locator(".hold-part input").first().check();
  await doctor.locator("input[name=purpose][value=transplant]").check();
  await doctor.getByRole("button", { name: "预留所选分室" }).click();
  await expect(doctor.locator("#refused")).toContainText("已由配型技师签字的报告");
  await expect(doctor.locator(".hold-part input").first()).toBeChecked();
  await expectSound(doctor);
});

test("two want the same compartment: one has it, the other is told and keeps the rest", async ({ another }) => {
  test.setTimeout(180_000);
  const doctor = await person(another, "doctor", "/console/patients");
  const { id } = await addPatient(doctor, HLA);
  await doctor.goto(`/console/match?patient=${id}`);
  await box(doctor, "CN000002").check();
  await toHold(doctor);
  const rival = await person(another, "hla", new URL(doctor.url()).pathname + new URL(doctor.url()).search);
  await doctor.locator(".hold-part input").nth(0).check();
  await doctor.locator(".hold-part input").nth(1).check();
  await rival.locator(".hold-part input").nth(0).check();
  await rival.getByRole("button", { name: "预留所选分室" }).click();
  await expect(rival).toHaveURL(/\/console\/holds\//);

  await doctor.getByRole("button", { name: "预留所选分室" }).click();
  await expect(doctor.locator("#refused")).toContainText("没有预留");
  await expect(doctor.locator("#refused")).toContainText("已被别人预留");
  await expect(doctor.locator(".hold-part").nth(0)).toContainText("您选过，已被占用");
  await expect(doctor.locator(".hold-part input").nth(1)).toBeChecked();
  await expectSound(doctor);
  await doctor.getByRole("button", { name: "预留所选分室" }).click();
  await expect(doctor.locator(".held .cell[data-state=free]")).toHaveText("2");
  for (const page of [doctor, rival]) {
    await page.goto((await page.url()).replace("?done=1", ""));
    await page.locator("summary", { hasText: "取消预留" }).click();
    await page.locator("#cancel-reason").fill("测试完毕");
    await page.getByRole("button", { name: "取消预留" }).click();
    await expect(page.locator(".timeline")).toContainText("测试完毕");
  }
});

test("a unit goes from its hold to the patient, each gate by two", async ({ another }) => {
  test.setTimeout(240_000);
  // A unit of the demonstration whose process is recorded.
  const manager = await person(another, "registry", "/console/units");
  await manager.goto("/console/units?q=DEMO1-0000201");
  const hla = await manager.locator(".typing tbody td").allInnerTexts();
  const doctor = await person(another, "doctor", "/console/patients");
  const { id } = await addPatient(doctor, hla.join(" "));
  const report = await signedReport(doctor, another, id);
  await box(doctor, "DEMO1-0000201").check();
  await doctor.locator(`button[formaction="${report}/hold"]`).click();
  await doctor.locator(".hold-part[data-state=free] input").first().check();
  await doctor.locator("input[name=purpose][value=transplant]").check();
  await doctor.getByRole("button", { name: "预留所选分室" }).click();
  await expect(doctor.locator("main")).toContainText("等实验室用附带血样管复核分型");
  const hold = new URL(doctor.url()).pathname;

  const lab = await person(another, "lab", hold);
  await lab.locator(".hold-next").getByRole("link", { name: "确认分型" }).click();
  await lab.locator("input[name=hla]").fill(hla.join(" "));
  await lab.locator("input[name=laboratory]").fill("演示分型室");
  await lab.locator("input[name=typed_on]").fill(steps.today().iso);
  await lab.getByRole("button", { name: "登记结果" }).click();
  await expect(lab.locator("main [role=status]")).toBeVisible();
  await expectSound(lab);

  await doctor.goto(hold);
  await doctor.getByRole("button", { name: "申请出库" }).click();
  await expect(doctor.locator(".hold-next")).toContainText("等另一位负责人批准");
  await expectSound(doctor);
  await manager.goto("/console/holds");
  await manager.locator(`section:has(h2:text("待批准的出库")) a[href="${hold}"]`).click();
  await expectSound(manager);
  await manager.getByRole("button", { name: "批准出库" }).click();
  await expect(manager.locator(".hold-next")).toContainText("等实验室两人核对");

  const second = await person(another, "lab2", hold);
  for (const page of [lab, second]) {
    await page.goto(hold);
    await page.locator(".hold-next a[href*='/console/lab/releases/']").click();
    await page.locator("#bag-1").fill("DEMO1-0000201");
    await page.getByRole("button", { name: "核对" }).click();
    await expect(page.locator("main [role=status]")).toBeVisible();
  }
  await second.locator("#shipper").fill("DS-07");
  await second.locator("form[action$='/ship'] button").click();
  await expect(second.locator("main")).toContainText("DS-07");
  await expectSound(second);

  await doctor.goto(hold);
  await doctor.locator("input[name=outcome][value=returned]").check();
  await doctor.getByRole("button", { name: "记录结果" }).click();
  await expect(doctor.locator("#outcome-reason-error")).not.toBeEmpty();
  await expect(doctor.locator("input[name=outcome][value=returned]")).toBeChecked();
  await doctor.locator("input[name=outcome][value=infused]").check();
  await doctor.getByRole("button", { name: "记录结果" }).click();
  const story = doctor.locator(".timeline");
  for (const line of ["预留", "确认分型", "申请出库", "批准出库", "核对身份", "发出", "已输注"]) {
    await expect(story).toContainText(line);
  }
  await expect(story).toContainText("褚库管");
  await expect(doctor.locator(".desk-head .state")).toHaveText("已输注");
  await expectSound(doctor);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  for (const locale of ["zh-CN", "en-GB"]) {
    test(`a search and a hold by buttons alone: ${locale}`, async ({ another }) => {
      test.setTimeout(180_000);
      const zh = locale === "zh-CN";
      const page = await person(another, "doctor", "/console/match", { javaScriptEnabled: false, locale });
      await page.locator("#hla").fill(HLA);
      await page.locator("#weight").fill("很重");
      await page.getByRole("button", { name: zh ? "检索" : "Search", exact: true }).click();
      await expect(page.locator("#weight-error")).not.toBeEmpty();
      await expect(page.locator("#hla")).toHaveValue(HLA);
      await page.locator("#weight").fill("18.5");
      await page.locator("#abo").selectOption("");
      await page.locator(".match-patient summary").click();
      await page.locator("#abo_compatible").check();
      await page.getByRole("button", { name: zh ? "检索" : "Search", exact: true }).click();
      await expect(page.locator("#abo-error")).not.toBeEmpty();
      await page.locator("#abo_compatible").uncheck();
      await page.getByRole("button", { name: zh ? "检索" : "Search", exact: true }).click();
      await expect(hit(page, "CN000001").locator(".dose-bar")).toHaveCount(2);

      const { id } = await addPatient(page, HLA);
      await page.goto(`/console/match?patient=${id}`);
      await box(page, "CN000003").check();
      await page.locator("button[name=then][value=hold]").click();
      await page.locator(".hold-part[data-state=free] input").first().check();
      await page.getByRole("button", { name: zh ? "计算所选剂量" : "Count the doses" }).click();
      await expect(page.locator("#hold-doses .dose-bar")).toHaveCount(2);
      await expect(page.locator(".hold-part input").first()).toBeChecked();
      await page.getByRole("button", { name: zh ? "预留所选分室" : "Hold these compartments" }).click();
      await expect(page.locator(".held .cell[data-state=free]")).toHaveText("1");
      await page.locator("summary", { hasText: zh ? "取消预留" : "Give the hold up" }).click();
      await page.getByRole("button", { name: zh ? "取消预留" : "Cancel the hold" }).click();
      await expect(page.locator("#cancel-reason-error")).not.toBeEmpty();
      await page.locator("#cancel-reason").fill("测试完毕");
      await page.getByRole("button", { name: zh ? "取消预留" : "Cancel the hold" }).click();
      await expect(page.locator(".timeline")).toContainText("测试完毕");
    });
  }
});

test("a doctor sees no other hospital's patients, holds and reports", async ({ another }) => {
  test.setTimeout(180_000);
  const manager = await person(another, "registry", "/console/patients");
  await expectSound(manager);
  // Recorded for no hospital: no doctor's.
  const { code, id } = await addPatient(manager, HLA);
  await manager.goto(`/console/match?patient=${id}`);
  await box(manager, "CN000001").check();
  const report = await toHold(manager);
  await manager.locator(".hold-part[data-state=free] input").last().check();
  await manager.getByRole("button", { name: "预留所选分室" }).click();
  await expect(manager).toHaveURL(/\/console\/holds\//);
  const hold = new URL(manager.url()).pathname;
  const doctor = await person(another, "doctor", "/console/patients");
  await doctor.locator("#q").fill(code);
  await doctor.locator("#q").press("Enter");
  await expect(doctor.locator("main")).toContainText("没有这样的编号");
  await expectSound(doctor);
  for (const path of [`/console/patients/${id}`, `/console/match?patient=${id}`, report, `${report}/zh`, hold]) {
    expect((await doctor.request.get(path)).status(), path).toBe(404);
  }
  await manager.locator("summary", { hasText: "取消预留" }).click();
  await manager.locator("#cancel-reason").fill("测试完毕");
  await manager.getByRole("button", { name: "取消预留" }).click();
  await expect(manager.locator(".timeline")).toContainText("测试完毕");
});
