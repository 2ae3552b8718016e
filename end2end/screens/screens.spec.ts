// Walks through the site as donor and staff and takes a picture of each page; a page that scrolls sideways fails.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../tests/page.js";
import * as steps from "../tests/steps.js";

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

  for (const [name, path] of Object.entries({ home: "/", fund: "/funds/aid", donate: "/donate?to=aid", verify: "/verify" })) {
    await page.goto(path);
    await shoot(name);
  }
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
  await page.locator('main a[href*="/pay/pt_"]').click();
  await shoot("sandbox");
  const token = await steps.give(page.request, { ...donor, amount: "100.50" });
  await page.goto(`/gift/${token}`);
  await shoot("gift");
  const { number, verify } = await steps.receiptOf(page.request, token);
  await page.goto(verify);
  await shoot("verified");
  await steps.give(page.request, { name: "吴秀兰", phone: "" });

  const { viewport, isMobile, hasTouch } = info.project.use;
  const staff = await another({ viewport: viewport!, isMobile, hasTouch });
  await staff.goto("/sign-in");
  await shoot("sign-in", staff);
  await steps.signIn(staff, "finance");
  await shoot("console-list", staff);
  await steps.openInConsole(staff, number);
  await shoot("console-gift", staff);
  await staff.goto("/console/mail");
  await shoot("console-mail", staff);
  await staff.context().clearCookies();
  await steps.signIn(staff, "staff", "/console/calls");
  await shoot("console-calls", staff);
  expect(tooWide, "no page scrolls sideways").toEqual([]);
});
