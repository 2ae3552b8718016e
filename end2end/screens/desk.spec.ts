// Walks from a patient to a unit on its way, and takes a picture of each page; a page that scrolls sideways fails.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { alive, expect, test } from "../tests/page.js";
import * as steps from "../tests/steps.js";

test("the match desk", async ({ another }, info) => {
  const folder = process.env.SPARK_TEST_SCREENS ?? join(info.config.rootDir, "..", "test-results", "screens");
  mkdirSync(folder, { recursive: true });
  const tooWide: string[] = [];
  const { viewport, isMobile, hasTouch, locale, colorScheme } = info.project.use;
  const shoot = async (name: string, of: Page) => {
    const over = (await of.evaluate(() => document.documentElement.scrollWidth)) - viewport!.width;
    if (over > 0) tooWide.push(`${name}: ${over} px`);
    await of.screenshot({ path: join(folder, `desk-${name}.${info.project.name}.png`), fullPage: true });
  };
  const open = async (name: string, path: string) => {
    const page = await another({ viewport: viewport!, isMobile, hasTouch, locale, colorScheme });
    await steps.signIn(page, name, path);
    return page;
  };

  const manager = await open("registry", "/console/holds");
  await shoot("holds-empty", manager);
  await manager.goto("/console/units?q=DEMO1-0000201");
  const hla = (await manager.locator(".typing tbody td").allInnerTexts()).join(" ");
  const doctor = await open("doctor", "/console/match");
  await alive(doctor);
  await shoot("match-empty", doctor);
  await doctor.locator("#hla").fill("A*02:01 B*15:01/随便");
  await expect(doctor.locator("#hla-error")).not.toBeEmpty();
  await shoot("match-wrong", doctor);
  await doctor.locator("#hla").fill(hla);
  await doctor.locator("#weight").fill("32");
  await doctor.locator(".match-patient summary").click();
  await doctor.locator("#abo_compatible").check();
  await expect(doctor.locator("#abo-error")).not.toBeEmpty();
  await shoot("match-abo", doctor);
  await doctor.locator("#abo").selectOption("A");
  await doctor.locator("#antibodies").fill("A11 B60");
  await expect(doctor.locator(".hit .dose-bar").first()).toBeVisible();
  await doctor.waitForTimeout(900);
  await shoot("match-found", doctor);
  await doctor.screenshot({ path: join(folder, `desk-match-fold.${info.project.name}.png`) });
  await doctor.locator(".hits").evaluate((hits) => hits.scrollIntoView());
  await doctor.screenshot({ path: join(folder, `desk-match-hits.${info.project.name}.png`) });
  await doctor.locator(".hit input").nth(0).check();
  await doctor.locator(".hit input").nth(2).check();
  await doctor.locator("button[name=compare]").click();
  await shoot("match-compare", doctor);
  await doctor.locator("#compare").evaluate((part) => part.scrollIntoView());
  await doctor.screenshot({ path: join(folder, `desk-match-beside.${info.project.name}.png`) });

  await doctor.goto("/console/patients/new");
  await shoot("patient-new", doctor);
  await doctor.locator("main form button[type=submit]").click();
  await shoot("patient-wrong", doctor);
  await doctor.locator("#code").fill(`YS-${info.project.name}`.toUpperCase());
  await doctor.locator("#hla").fill(hla);
  await doctor.locator("#weight").fill("18.5");
  await doctor.locator("#antibodies").fill("A11");
  await doctor.locator("#diagnosis").fill("急性淋巴细胞白血病（演示）");
  await doctor.locator("main form button[type=submit]").click();
  await shoot("patient-fresh", doctor);
  const patient = new URL(doctor.url()).pathname;
  await doctor.goto(`/console/match?patient=${patient.split("/").pop()}`);
  await doctor.locator("button[formaction='/console/match/keep']:not([name])").click();
  await shoot("report-draft", doctor);
  const report = new URL(doctor.url()).pathname;
  const technician = await open("hla", report);
  await shoot("report-to-sign", technician);
  await technician.locator(`form[action="${report}/sign"] button`).click();
  await shoot("report-signed", technician);
  writeFileSync(join(folder, `desk-report-screen.${info.project.name}.pdf`), await technician.pdf({ format: "A4" }));
  for (const lang of ["zh", "en"]) {
    const paper = await technician.request.get(`${report}/${lang}`);
    writeFileSync(join(folder, `desk-report-${lang}.${info.project.name}.pdf`), await paper.body());
  }

  await doctor.goto(report);
  const boxes = doctor.locator(".hit", { hasText: "DEMO1-0000201" }).locator("input");
  await boxes.first().check();
  await doctor.locator(".hit input:not(:checked)").first().check();
  await doctor.locator(`button[formaction="${report}/hold"]`).click();
  await alive(doctor);
  await shoot("hold-new", doctor);
  const free = doctor.locator(".hold-part[data-state=free] input");
  for (let place = 0; place < Math.min(3, await free.count()); place += 1) await free.nth(place).check();
  await expect(doctor.locator("#hold-doses .dose-bar").first()).toBeVisible();
  await shoot("hold-chosen", doctor);
  await doctor.locator("#days").fill("99");
  await doctor.locator(".hold-side > button.button-primary").click();
  await shoot("hold-refused", doctor);

  await doctor.goto(`${report}/hold?${new URLSearchParams(await unitOf(doctor, report, "DEMO1-0000201"))}`);
  await doctor.locator(".hold-part[data-state=free] input").first().check();
  await doctor.locator("input[name=purpose][value=transplant]").check();
  await doctor.locator(".hold-side > button.button-primary").click();
  await shoot("hold-made", doctor);
  const hold = new URL(doctor.url()).pathname;
  const lab = await open("lab", hold);
  await lab.locator(".hold-next a[href*='/console/lab/holds/']").click();
  await shoot("lab-hold", lab);
  await lab.locator("input[name=hla]").fill(hla);
  await lab.locator("input[name=laboratory]").fill("演示分型室");
  await lab.locator("input[name=typed_on]").fill(steps.today().iso);
  await lab.locator("main form button").first().click();
  await shoot("lab-hold-typed", lab);
  await doctor.goto(hold);
  await shoot("hold-ready", doctor);
  await doctor.locator(`form[action="${hold}/release"] button`).click();
  await shoot("hold-ordered", doctor);
  await manager.goto("/console/holds");
  await shoot("holds-waiting", manager);
  await manager.goto(hold);
  await shoot("hold-to-authorize", manager);
  await manager.locator("form[action$='/authorize'] button").click();
  await shoot("hold-authorized", manager);
  await lab.goto(hold);
  await lab.locator(".hold-next a[href*='/console/lab/releases/']").click();
  await shoot("lab-release", lab);
  await doctor.goto(patient);
  await shoot("patient-held", doctor);
  await doctor.goto("/console/patients");
  await shoot("patients", doctor);
  await doctor.goto("/console/patients?q=NONE");
  await shoot("patients-none", doctor);
  // Given up, so that the next size finds the unit free.
  await doctor.goto(hold);
  await doctor.locator(".hold-next summary").last().click();
  await doctor.locator("#abandon-reason").fill("照片拍完");
  await doctor.locator("form[action$='/cancel'] button").click();
  await shoot("hold-cancelled", doctor);
  expect(tooWide, "no page scrolls sideways").toEqual([]);
});

/** The box of a unit on a report, as its name and value. */
async function unitOf(page: Page, report: string, number: string): Promise<Record<string, string>> {
  await page.goto(report);
  const name = await page.locator(".hit", { hasText: number }).locator("input").first().getAttribute("name");
  return { [name!]: "on" };
}
