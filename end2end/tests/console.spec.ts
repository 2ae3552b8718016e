// The staff's desk: signing in, finding a gift, and every deed with what the public sees of it.

import type { Page } from "@playwright/test";
import { alive, expect, expectAccessible, test } from "./page.js";
import { readPaper } from "./paper.js";
import * as steps from "./steps.js";

const done = (page: Page) => expect(page.locator("main [role=status]").first()).toContainText("已办理");

test("signing in leads to the page that was asked for, signing out ends the session", async ({ page, context, request }) => {
  await page.goto("/console/messages");
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.locator("#name").fill("manager");
  await page.locator("#password").fill("not the password");
  const refused = page.waitForResponse((answer) => answer.request().method() === "POST");
  await page.getByRole("button", { name: "登录" }).click();
  expect((await refused).status()).toBe(422);
  await expect(page.getByRole("alert")).toContainText("账号或密码不对");
  await expect(page.locator("#name")).toHaveValue("manager");
  await expect(page.locator("#password")).toHaveValue("");
  await expectAccessible(page);
  expect((await context.cookies()).map((cookie) => cookie.name)).not.toContain("session");

  await page.locator("#name").fill("auditor");
  await page.locator("#password").fill("spark-demo-2026");
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page).toHaveURL(/\/console\/messages$/);
  await expect(page.locator("h1")).toHaveText("消息");
  await expect(page.locator(".rail-who")).toContainText("审计");

  const session = (await context.cookies()).find((cookie) => cookie.name === "session")!;
  expect(session).toMatchObject({ httpOnly: true, secure: false, sameSite: "Lax", path: "/", domain: "127.0.0.1" });
  const cookie = `session=${session.value}`;
  const asked = (path: string) => request.get(path, { headers: { cookie }, maxRedirects: 0 });
  expect((await asked("/console/gifts")).status()).toBe(200);
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page).toHaveURL(/\/sign-in\?out=asked$/);
  await expect(page.getByRole("status")).toContainText("已退出");
  // Nobody who kept the cookie comes in with it.
  expect((await asked("/console/gifts")).status()).toBe(303);
  await page.goto("/console/gifts");
  await expect(page).toHaveURL(/\/sign-in/);
});

test("what a role may not do is not there", async ({ page, another }) => {
  const token = await steps.give(page.request, { name: "张三", email: steps.mailbox() });
  const reference = await steps.referenceOf(page.request, token);
  const finance = await another();
  await steps.signIn(finance, "finance");
  await steps.openInConsole(finance, reference);
  const gift = new URL(finance.url()).pathname;

  const may: Record<string, { yes: string[]; no: string[] }> = {
    admin: { yes: ["/console/jobs"], no: ["/console/gifts", gift, "/console/calls", "/console/messages"] },
    manager: { yes: ["/console/gifts", gift], no: ["/console/calls", "/console/messages", "/console/jobs"] },
    staff: { yes: ["/console/gifts", gift, "/console/calls"], no: ["/console/jobs"] },
    auditor: { yes: ["/console/gifts", gift], no: ["/console/calls", "/console/jobs"] },
  };
  for (const [role, { yes, no }] of Object.entries(may)) {
    const desk = await another();
    await steps.signIn(desk, role, yes[0]);
    for (const path of yes) expect((await desk.goto(path))?.status(), `${role} ${path}`).toBe(200);
    for (const path of no) {
      expect((await desk.goto(path))?.status(), `${role} ${path}`).toBe(404);
      await expect(desk.locator("h1")).toHaveText("没有这个页面");
    }
    // Neither is the deed, without its button.
    const form = { amount: "1", reason: "x", key: "0".repeat(26) };
    const refund = await desk.request.post(`${gift}/refunds`, { form, maxRedirects: 0 });
    expect(refund.status(), role).toBe(404);
  }
  // A manager reads gifts, and no donor.
  const manager = await another();
  await steps.signIn(manager, "manager", gift);
  await expect(manager.locator("main")).toContainText("您的角色看不到捐赠人的姓名和联系方式");
  await expect(manager.locator("main")).not.toContainText("张三");
  const auditor = await another();
  await steps.signIn(auditor, "auditor", gift);
  await expect(auditor.locator("main")).toContainText("张三");
  await expect(auditor.locator("form[method=post]")).toHaveCount(2); // language and sign-out
});

test("the list is narrowed by state, fund and day and searched by `/`", async ({ page, faults }) => {
  await steps.signIn(page, "finance");
  await alive(page);
  const rows = page.locator("tbody tr");
  await expect(page.locator(".desk-sentence")).toContainText("全部捐赠");
  await expectAccessible(page);

  const states = page.getByRole("navigation", { name: "状态" });
  await expect(states.locator("[aria-current]")).toHaveText("全部");
  await states.getByRole("link", { name: "部分退回" }).click();
  await expect(states.locator("[aria-current]")).toHaveText("部分退回");
  await page.locator("#fund").selectOption("research");
  await page.getByRole("button", { name: "查看" }).click();
  await expect(page).toHaveURL(/state=partly_refunded/);
  await expect(page.locator(".desk-sentence")).toContainText("科研基金 · 部分退回");
  await page.goto("/console/gifts?fund=research&state=paid");
  expect(await rows.count()).toBeGreaterThan(0);
  for (const row of await rows.all()) {
    await expect(row).toContainText("科研基金");
    await expect(row).toContainText("已到账");
  }
  await page.getByRole("link", { name: "清除筛选" }).click();
  await expect(page).toHaveURL(/\/console\/gifts$/);

  // Nothing was given so long ago; that day does not exist.
  await page.goto("/console/gifts?until=2001-01-01");
  await expect(page.locator("main")).toContainText("没有符合的捐赠");
  expect((await page.goto("/console/gifts?from=2026-02-30"))?.status()).toBe(422);
  await expect(page.locator("#from-error")).toContainText("没有这一天");
  // The browser's own date field says so, too.
  await expect.poll(() => faults.splice(0).join()).toContain("2026-02-30");

  await page.goto("/console/gifts");
  await alive(page);
  await page.locator("h1").click();
  await page.keyboard.press("/");
  await expect(page.locator("#q")).toBeFocused();
  await expect(page.locator("#q")).toHaveValue("");
  await page.keyboard.type("a/b");
  await expect(page.locator("#q")).toHaveValue("a/b");
  await page.keyboard.press("Enter");
  await expect(page.locator("main")).toContainText("没有符合的捐赠");
  // By receipt number: the gift itself.
  await page.goto("/console/gifts?state=paid");
  const number = (await page.locator("tbody .code", { hasText: /^Y[SX]-/ }).first().innerText()).trim();
  await page.locator("#q").fill(number.toLowerCase());
  await page.locator("#q").press("Enter");
  await expect(page).toHaveURL(/\/console\/gifts\/[0-9a-f-]{36}$/);
  await expect(page.locator("main")).toContainText(number);
});

test("a part is refunded: entries, message, receipt and verification say so", async ({ page, another }) => {
  const email = steps.mailbox();
  const token = await steps.give(page.request, { name: "赵六", email, amount: "100.50" });
  const { number, verify } = await steps.receiptOf(page.request, token);
  await steps.signIn(page, "finance");
  await steps.openInConsole(page, number);
  await expect(page.locator("main")).toContainText("¥100.50");
  await expect(page.locator("main")).toContainText(email);
  await expectAccessible(page);

  await page.locator("#refund summary").click();
  await page.locator("#refund-amount").fill("100.51");
  await page.locator("#refund-reason").fill("多付了");
  await page.locator("#refund button").click();
  await expect(page.locator("#refund-amount-error")).toContainText("最多还能退 ¥100.50");
  await expect(page.locator("#refund-reason")).toHaveValue("多付了");
  await page.locator("#refund-amount").fill("40.5");
  await page.locator("#refund-reason").fill("");
  await page.locator("#refund button").click();
  await expect(page.locator("#refund-reason-error")).toContainText("请填写这一项");
  await page.locator("#refund-reason").fill("多付了");
  await page.locator("#refund button").click();
  await done(page);

  // The provider carries it out; then it is an entry of its own.
  const gift = page.url().replace(/\?.*/, "");
  await expect(async () => {
    await page.goto(gift);
    await expect(page.locator("h1 + *")).toContainText("部分退回", { timeout: 1_000 });
  }).toPass();
  await expect(page.locator("table.entry")).toHaveCount(2);
  await expect(page.locator("table.entry").last()).toContainText("退款");
  await expect(page.locator("main")).toContainText("已退回");

  const donor = await another();
  await donor.goto(verify);
  await expect(donor.locator(".verdict")).toContainText("这笔捐赠已部分退回");
  await expect(donor.locator(".verdict")).toContainText("余下的 ¥60.00");
  await donor.goto(`/gift/${token}`);
  await expect(donor.locator(".paper")).toContainText("¥40.50");
  await expect(donor.locator(".paper")).toContainText("¥60.00");
  await expect(async () => {
    await page.goto("/console/mail");
    await expect(page.locator("tr", { hasText: email }).filter({ hasText: "已退回 ¥40.50" })).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
});

test("a receipt is reissued and voided, and each paper says what it is worth now", async ({ page, another }) => {
  const token = await steps.give(page.request, { name: "孙七", amount: "66" });
  const old = await steps.receiptOf(page.request, token);
  await steps.signIn(page, "staff");
  await steps.openInConsole(page, old.number);
  const receipt = (number: string) => page.locator("ul.records li", { hasText: number }).first();

  const copy = await page.request.get((await receipt(old.number).getByRole("link", { name: "副本" }).getAttribute("href"))!);
  expect((await readPaper(await copy.body())).text).toContain("副本 COPY");

  await receipt(old.number).locator("summary", { hasText: "换开" }).click();
  await receipt(old.number).getByRole("button", { name: "换开" }).click();
  // The form stands open again, with what is wrong beside its field.
  await expect(receipt(old.number)).toContainText("请填写这一项");
  await receipt(old.number).getByLabel("原因").first().fill("名字写错");
  await receipt(old.number).getByLabel("正确的姓名或名称").fill("孙小七");
  await receipt(old.number).getByRole("button", { name: "换开" }).click();
  await done(page);

  const fresh = await steps.receiptOf(page.request, token);
  expect(fresh.number).not.toBe(old.number);
  await expect(receipt(old.number)).toContainText(`由 ${fresh.number} 代替`);
  const donor = await another();
  await donor.goto(old.verify);
  await expect(donor.locator(".verdict")).toContainText("这张收据已被换开");
  await donor.goto(fresh.verify);
  await expect(donor.locator(".verdict")).toContainText("这张收据有效");
  const replaced = await page.request.get((await receipt(old.number).getByRole("link", { name: "PDF" }).getAttribute("href"))!);
  const paper = await readPaper(await replaced.body());
  expect(paper.text).toContain("已换开 REPLACED");
  expect(paper.text).toContain("孙七");
  expect(paper.text).toContain(fresh.number);

  const current = page.locator("ul.records li").filter({ has: page.locator(".record-head .code", { hasText: fresh.number }) });
  await expect(current).toContainText("抬头 孙小七");
  const right = await page.request.get((await current.getByRole("link", { name: "PDF" }).getAttribute("href"))!);
  expect((await readPaper(await right.body())).text).toContain("孙小七");
  await current.locator("summary", { hasText: "作废" }).click();
  await current.getByLabel("原因").last().fill("开错了");
  await current.getByRole("button", { name: "作废" }).click();
  await done(page);
  await donor.reload();
  await expect(donor.locator(".verdict")).toContainText("这张收据已作废");
  await page.getByRole("button", { name: "开具收据" }).click();
  await done(page);
  const third = await steps.receiptOf(page.request, token);
  await donor.goto(third.verify);
  await expect(donor.locator(".verdict")).toContainText("这张收据有效");
});

test("a donor's words are public only once staff pass them", async ({ page, another }) => {
  const words = `愿平安 ${steps.mailbox()} <b>&`;
  const token = await steps.give(page.request, { target: "research", name: "周八", dedication: "为外婆", message: words });
  const donor = await another();
  const shown = async () => {
    await donor.goto("/funds/research");
    return donor.locator("ul.words li", { hasText: words }).count();
  };
  expect(await shown()).toBe(0);
  await steps.signIn(page, "staff");
  await page.goto("/console/gifts");
  const { number } = await steps.receiptOf(page.request, token);
  await expect(page.locator("tbody tr", { hasText: number })).toContainText("留言待审");
  await steps.openInConsole(page, number);
  await page.getByRole("button", { name: "公开", exact: true }).click();
  await done(page);
  expect(await shown()).toBe(1);
  await expect(donor.locator("ul.words li", { hasText: words })).toContainText("为外婆");
  await page.getByRole("button", { name: "不公开" }).click();
  await done(page);
  expect(await shown()).toBe(0);
  await donor.goto(`/gift/${token}`);
  await expect(donor.locator(".words-own")).toContainText("您写的话没有公开");
});

test("whoever cannot be written to is on the call-list until somebody has called", async ({ page }) => {
  const name = `吴${Date.now()}`;
  const token = await steps.give(page.request, { name });
  const reference = await steps.referenceOf(page.request, token);
  await steps.signIn(page, "staff", "/console/calls");
  const line = page.locator("li.call", { hasText: name });
  await expect(line).toContainText("没有留电话");
  // A long code is short in a list, and whole under the pointer.
  await expect(line.getByTitle(reference)).toContainText(`…${reference.slice(-8, -4)}`);
  await expectAccessible(page);
  await line.getByLabel("备注").fill("无人接听");
  await line.getByRole("button", { name: "这次没联系上" }).click();
  await expect(line).toContainText("没联系上 1 次");
  await expect(line).toContainText("无人接听");
  await expect(line.getByRole("button", { name: "不再联系" })).toBeVisible();
  await line.getByLabel("备注").fill("已当面告知");
  await line.getByRole("button", { name: "已告知" }).click();
  await expect(page).toHaveURL(/\/console\/calls$/);
  await expect(line).toHaveCount(0);
  await steps.openInConsole(page, reference);
  await expect(page.locator("main")).toContainText("感谢与收据 · 电话");
  await expect(page.locator("main")).toContainText("已告知");
});

test("on a phone a gift is a card that opens it, and the menu groups what the role may open", async ({ another, request }) => {
  const token = await steps.give(request, { name: "内蒙古自治区呼伦贝尔市新巴尔虎左旗阿木古郎镇第三中学", amount: "78900.12" });
  const { number } = await steps.receiptOf(request, token);
  const phone = await another({ viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true });
  await steps.signIn(phone, "finance");
  const card = phone.getByRole("row").filter({ hasText: number });
  await expect(card.getByRole("cell").filter({ hasText: "¥78,900.12" })).toBeVisible();
  await expectAccessible(phone);
  // Three lines, four with a name this long.
  expect((await card.boundingBox())!.height).toBeLessThan(150);
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(375);
  // Touched anywhere, also far from its link.
  await card.click({ position: { x: 320, y: 16 } });
  await expect(phone).toHaveURL(/\/console\/gifts\/[0-9a-f-]{36}$/);

  const menu = phone.getByRole("navigation", { name: "工作台" });
  await expect(menu).toBeHidden();
  await phone.getByRole("button", { name: "打开菜单" }).click();
  await expect(menu.getByRole("list", { name: "捐赠管理" }).getByRole("link")).toHaveText(["捐赠", "消息", "对账", "抵税票据"]);
  await expect(menu.getByRole("list", { name: "脐血登记" })).toHaveCount(0);
  await expectAccessible(phone);
  await menu.getByRole("link", { name: "消息" }).click();
  await expect(phone.locator("h1")).toHaveText("消息");
});
