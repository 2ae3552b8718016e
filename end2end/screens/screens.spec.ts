// Walks through the site as donor and staff and takes a picture of each page; a page that scrolls sideways fails.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { alive, expect, test } from "../tests/page.js";
import * as steps from "../tests/steps.js";

/** A name of sixty characters, the longest that the form takes. */
const LONG = "内蒙古自治区呼伦贝尔市新巴尔虎左旗阿木古郎镇第三中学二〇〇八届全体同学及其家长".padEnd(60, "会");

test("every page", async ({ page, another }, info) => {
  const folder = process.env.SPARK_TEST_SCREENS ?? join(info.config.rootDir, "..", "test-results", "screens");
  mkdirSync(folder, { recursive: true });
  const tooWide: string[] = [];
  const shoot = async (name: string, of = page) => {
    // A phone shrinks what is too wide until it fits: the width that it ought to have is the measure.
    const over = (await of.evaluate(() => document.documentElement.scrollWidth)) - info.project.use.viewport!.width;
    if (over > 0) tooWide.push(`${name}: ${over} px`);
    await of.screenshot({ path: join(folder, `${name}.${info.project.name}.png`), fullPage: true });
  };

  const open = { home: "/", how: "/how", fund: "/funds/aid", figures: "/figures", privacy: "/privacy", verify: "/verify" };
  for (const [name, path] of Object.entries({ ...open, donate: "/donate?to=aid", missing: "/nowhere" })) {
    await page.goto(path);
    await shoot(name);
  }
  await page.goto("/donate?to=aid");
  for (const fold of await page.locator("form.give-form summary").all()) await fold.click();
  await page.locator("#name").fill(LONG);
  await page.locator("#dedication").fill("为外婆七十岁生日，愿她平安");
  await shoot("donate-filled");
  await page.goto("/donate?to=aid");
  await page.locator("#amount").fill("1e9");
  await page.locator("summary").first().click();
  await page.locator("#name").fill("王小明");
  await page.locator("#email").fill("nobody");
  await page.locator("form.give-form").evaluate((form: HTMLFormElement) => form.submit());
  await expect(page.locator("#errors")).toBeVisible();
  await shoot("donate-refused");

  const email = steps.mailbox();
  const donor = { name: "欧阳若溪", email, dedication: "为外婆七十岁生日", message: "愿每一个孩子都能回到教室。" };
  const transfer = await steps.pledge(page.request, { ...donor, channel: "bank_transfer", amount: "20000" });
  await page.goto(`/gift/${transfer}/pay`);
  await shoot("pay-bank");
  const unpaid = await steps.pledge(page.request, { ...donor, amount: "100.50" });
  await page.goto(`/gift/${unpaid}/pay`);
  await shoot("pay");
  await alive(page);
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(page.locator(".pay-news")).not.toBeEmpty();
  await shoot("pay-again");
  await page.locator('main a[href*="/pay/pt_"]').click();
  await shoot("sandbox");
  const token = await steps.give(page.request, { ...donor, amount: "100.50" });
  await page.goto(`/gift/${token}`);
  await shoot("gift");
  const { number, verify } = await steps.receiptOf(page.request, token);
  const paper = await page.request.get((await page.locator('a[href*="/receipt/"]').getAttribute("href"))!);
  writeFileSync(join(folder, `receipt.${info.project.name}.pdf`), await paper.body());
  writeFileSync(join(folder, `gift-printed.${info.project.name}.pdf`), await page.pdf({ format: "A4" }));
  await page.goto(verify);
  await shoot("verified");
  // What is as long as it may be.
  const long = { name: LONG, amount: "999999.99", dedication: "愿".repeat(60), message: "谢谢你们。".repeat(60) };
  await page.goto(`/gift/${await steps.give(page.request, { ...long, email })}`);
  await shoot("gift-long");
  await page.goto(`/gift/${await steps.give(page.request, { ...donor, name: "𠮷田野子", amount: "66" })}`);
  await shoot("gift-letters");
  await steps.give(page.request, { name: "吴秀兰", phone: "" });

  const { viewport, isMobile, hasTouch } = info.project.use;
  const staff = await another({ viewport: viewport!, isMobile, hasTouch });
  await staff.goto("/sign-in");
  await shoot("sign-in", staff);
  await steps.signIn(staff, "finance");
  await shoot("console-list", staff);
  if (isMobile) {
    await staff.locator(".rail-open").click();
    await staff.screenshot({ path: join(folder, `console-menu.${info.project.name}.png`) });
  }
  await steps.openInConsole(staff, number);
  await shoot("console-gift", staff);
  for (const fold of await staff.locator("ul.records summary").all()) await fold.click();
  await shoot("console-gift-open", staff);
  await staff.goto("/console/mail");
  await shoot("console-mail", staff);
  await staff.locator("main tbody a").first().click();
  await shoot("console-letter", staff);
  await staff.goto("/console/messages");
  await shoot("console-messages", staff);
  await staff.context().clearCookies();
  await steps.signIn(staff, "staff", "/console/calls");
  await shoot("console-calls", staff);
  await staff.context().clearCookies();
  await steps.signIn(staff, "admin", "/console/jobs");
  await shoot("console-jobs", staff);
  expect(tooWide, "no page scrolls sideways").toEqual([]);
});
