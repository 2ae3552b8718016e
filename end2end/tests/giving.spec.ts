// From a donor's tap to a receipt that anyone can verify, on a phone.

import type { Page } from "@playwright/test";
import { House } from "./house.js";
import { alive, expect, expectAccessible, test } from "./page.js";
import { readPaper, readQrOnScreen } from "./paper.js";
import * as steps from "./steps.js";

/** Opens a folded part of the form. */
const unfold = (page: Page, title: string) => page.locator("summary", { hasText: title }).click();

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with JavaScript" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("¥100.50 through the sandbox: paid, told, receipted, verified", async ({ page, another }) => {
      const email = steps.mailbox();
      await page.goto("/donate?to=aid");
      if (javaScriptEnabled) await alive(page);
      await expect(page.locator("#target")).toHaveValue("aid");
      await page.getByLabel("其他金额").fill("100.50");
      await unfold(page, "姓名与联系方式");
      await page.getByLabel("姓名或单位名称").fill("王小明");
      await page.getByLabel("邮箱").fill(email);
      await page.getByLabel("我已阅读并同意").check();
      if (javaScriptEnabled) {
        await expect(page.locator("[data-give]")).toHaveText("捐赠 ¥100.50");
        await expectAccessible(page);
      }
      await page.locator("[data-give]").click();

      await expect(page).toHaveURL(steps.PAY);
      const token = steps.tokenIn(page.url());
      await expect(page.locator("main")).toContainText("¥100.50");
      await expect(page.locator("main")).toContainText("救助基金");
      if (javaScriptEnabled) await expectAccessible(page);
      await page.getByRole("link", { name: "去付款" }).click();

      // The provider is another site; only its button pays.
      expect(new URL(page.url()).origin).not.toBe(new URL(test.info().project.use.baseURL!).origin);
      await page.getByRole("button", { name: "支付 ¥100.50" }).click();
      await expect(page).toHaveURL(new RegExp(`/gift/${token}$`));

      // With JavaScript the page sees the payment arrive; without, a donor loads it again.
      if (javaScriptEnabled) {
        await expect(page.getByRole("heading", { level: 1 })).toHaveText("王小明，谢谢您。");
      } else {
        await steps.expectState(page.request, token, "paid");
        await page.reload();
      }
      await expect(page.locator(".paper-sum")).toContainText("已到账");
      await expect(page.locator(".paper-sum")).toContainText("壹佰元零伍角");
      if (javaScriptEnabled) await expectAccessible(page);
      // Whoever has the address sees no contact.
      expect(await page.content()).not.toContain(email);

      const staff = await another();
      await steps.signIn(staff, "staff", "/console/mail");
      const line = staff.locator("tr", { hasText: email });
      await expect(async () => {
        await staff.reload();
        await expect(line).toHaveCount(1, { timeout: 1_000 });
      }).toPass();
      await line.getByRole("link").click();
      await expect(staff.locator("h1")).toHaveText("收到您捐给救助基金的 ¥100.50");
      await expect(staff.locator(".letter")).toContainText("王小明，您好：");
      await staff.locator(".letter a").click();
      await expect(staff).toHaveURL(new RegExp(`/gift/${token}$`));
      const number = (await staff.locator(".paper-number .code").innerText()).trim();
      expect(number).toMatch(/^YS-\d{4}-\d{6}$/);

      const pdf = await page.request.get((await page.getByRole("link", { name: "打开收据 PDF" }).getAttribute("href"))!);
      expect(pdf.headers()["content-type"]).toBe("application/pdf");
      expect(pdf.headers()["cache-control"]).toBe("no-store");
      const paper = await readPaper(await pdf.body());
      const { chinese, iso } = steps.today();
      for (const said of [number, "壹佰元零伍角", "100.50", "王小明", "救助基金", chinese, iso, "演示慈善基金会"]) {
        expect(paper.text).toContain(said);
      }
      expect(paper.text).toContain("不是《公益事业捐赠统一票据》");

      // As a phone would: the address comes from the picture on the paper.
      expect(paper.text.replaceAll(/\s/g, "")).toContain(paper.qr);
      await page.goto(paper.qr);
      expect(new URL(page.url()).pathname).toMatch(/^\/verify\/[0-9a-z]{26}$/);
      await expect(page.locator(".verdict")).toContainText("这张收据有效");
      await expect(page.locator(".verdict")).toContainText(number);
      await expect(page.locator(".verdict")).toContainText("王**");
      expect(await page.content()).not.toContain("王小明");
      expect(await page.content()).not.toContain(email);
      if (javaScriptEnabled) await expectAccessible(page);
    });

    test("a bank transfer waits for staff, who confirm it", async ({ page, another }) => {
      const email = steps.mailbox();
      await page.goto("/donate?to=research&amount=2000");
      if (javaScriptEnabled) await alive(page);
      await expect(page.getByLabel("其他金额")).toHaveValue("2000");
      await unfold(page, "姓名与联系方式");
      await page.getByLabel("邮箱").fill(email);
      await page.getByLabel("我已阅读并同意").check();
      await page.getByLabel("银行转账").check();
      await page.locator("[data-give]").click();

      await expect(page).toHaveURL(steps.PAY);
      const token = steps.tokenIn(page.url());
      await expect(page.locator("main")).toContainText("演示医学发展基金会");
      await expect(page.locator("main")).toContainText("0000 0000 0000 0002（演示）");
      const reference = (await page.locator(".copy-line", { hasText: "参考码" }).locator(".code").innerText()).trim();
      expect(reference).toMatch(/^HZ-[0-9A-Z]{5}-[0-9A-Z]{5}$/);
      if (javaScriptEnabled) {
        await expectAccessible(page);
        await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
        await page.getByRole("button", { name: "复制参考码" }).click();
        await expect(page.locator(".copy-line", { hasText: "参考码" })).toContainText("已复制");
        expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(reference);
      }

      const staff = await another();
      await steps.signIn(staff, "finance");
      await steps.openInConsole(staff, reference);
      // A wrong sum is refused beside its field, with what was typed kept.
      await staff.locator("#confirm-amount").fill("1e3");
      await staff.locator("#confirm-date").fill(steps.today().iso);
      await staff.locator("#confirm-reference").fill(`流水 ${reference}`);
      await staff.getByRole("button", { name: "确认到账" }).click();
      await expect(staff.locator("#confirm-amount-error")).toContainText("没有读懂这个金额");
      await expect(staff.locator("#confirm-reference")).toHaveValue(`流水 ${reference}`);
      await staff.locator("#confirm-amount").fill("2,000.00");
      await staff.getByRole("button", { name: "确认到账" }).click();
      await expect(staff.locator("main [role=status]").first()).toContainText("已办理");
      await expect(staff.locator("h1 + *")).toContainText("已到账");

      if (javaScriptEnabled) {
        // The page that waited goes on by itself.
        await expect(page).toHaveURL(new RegExp(`/gift/${token}$`), { timeout: 15_000 });
      } else {
        await page.goto(`/gift/${token}`);
      }
      await expect(page.locator(".paper-sum")).toContainText("已到账");
      await expect(page.locator(".paper-sum")).toContainText("贰仟元整");
      await expect(page.locator(".paper-number")).toContainText(/YX-\d{4}-\d{6}/);
    });

    test("a refused form keeps what was typed and says beside each field what to do", async ({ page }) => {
      await page.goto("/donate?to=aid");
      if (javaScriptEnabled) await alive(page);
      await page.getByLabel("其他金额").fill("1e9");
      await unfold(page, "姓名与联系方式");
      await page.getByLabel("姓名或单位名称").fill('"王" & <小明>');
      await page.getByLabel("邮箱").fill("nobody");
      await page.getByLabel("手机号").fill("110");
      await unfold(page, "想说的话");
      await page.locator("#message").fill("第一行\n</textarea><b>第二行");
      const answer = page.waitForResponse((response) => response.request().method() === "POST");
      // The island would hold such a form back: it is sent past it, as by a browser that has not loaded it yet.
      if (javaScriptEnabled) await page.locator("form.give-form").evaluate((form: HTMLFormElement) => form.submit());
      else await page.locator("[data-give]").click();
      expect((await answer).status()).toBe(422);

      const messages = {
        amount: "没有读懂这个金额",
        email: "这不像一个邮箱地址",
        phone: "请填写 11 位的大陆手机号",
        consent: "请阅读隐私说明并勾选同意",
      };
      await expect(page.locator("#errors")).toContainText("有 4 处需要修改");
      for (const [field, message] of Object.entries(messages)) {
        await expect(page.locator(`#${field}-error`)).toContainText(message);
        await expect(page.locator(`#${field}-error`)).toBeVisible();
        await expect(page.locator(`#${field}`)).toHaveAttribute("aria-invalid", "true");
        await expect(page.locator(`#${field}`)).toHaveAttribute("aria-describedby", new RegExp(`${field}-error`));
      }
      const typed = { amount: "1e9", name: '"王" & <小明>', email: "nobody", phone: "110", message: "第一行\n</textarea><b>第二行" };
      for (const [field, value] of Object.entries(typed)) await expect(page.locator(`#${field}`)).toHaveValue(value);
      await expect(page.locator("#target")).toHaveValue("aid");
      if (javaScriptEnabled) await expectAccessible(page);

      await page.getByLabel("其他金额").fill("￥１００．５０");
      await page.getByLabel("邮箱").fill("");
      await page.getByLabel("手机号").fill("");
      await page.getByLabel("我已阅读并同意").check();
      await page.locator("[data-give]").click();
      await expect(page).toHaveURL(steps.PAY);
      await expect(page.locator("main")).toContainText("¥100.50");
    });

    test("a double click and a reload make one gift, other content under the same key none", async ({ page, another }) => {
      const amount = steps.oddAmount();
      await page.goto("/donate?to=spark");
      if (javaScriptEnabled) await alive(page);
      await page.getByLabel("其他金额").fill(amount);
      await page.locator("[data-give]").dblclick();
      await expect(page).toHaveURL(steps.PAY);
      const first = steps.tokenIn(page.url());
      await page.reload();
      expect(steps.tokenIn(page.url())).toBe(first);

      // Back, and sent again as it is: the same gift.
      await page.goBack();
      await expect(page).toHaveURL(/\/donate/);
      await expect(page.getByLabel("其他金额")).toHaveValue(amount);
      await page.locator("[data-give]").click();
      await expect(page).toHaveURL(steps.PAY);
      expect(steps.tokenIn(page.url())).toBe(first);

      // Back, changed and sent: refused with a fresh form that keeps what was typed; that one makes a second gift.
      await page.goBack();
      await expect(page).toHaveURL(/\/donate/);
      const changed = steps.oddAmount();
      await page.getByLabel("其他金额").fill(changed);
      await page.locator("[data-give]").click();
      await expect(page.locator("#errors")).toContainText("这张表单已经用于另一笔捐赠");
      await expect(page.getByLabel("其他金额")).toHaveValue(changed);
      await page.locator("[data-give]").click();
      await expect(page).toHaveURL(steps.PAY);
      const second = steps.tokenIn(page.url());
      expect(second).not.toBe(first);

      const staff = await another();
      await steps.signIn(staff, "auditor");
      for (const sum of [amount, changed]) await expect(staff.locator("tbody tr", { hasText: `¥${sum}` })).toHaveCount(1);
    });
  });
}

test("in English, from the form to the receipt", async ({ page, another }) => {
  await page.goto("/donate?to=spark/first-match");
  await page.getByRole("button", { name: "English" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.locator("#target")).toHaveValue("spark/first-match");
  await alive(page);
  const email = steps.mailbox();
  await page.getByLabel("Another amount").fill("1,000.00");
  await page.locator("summary").first().click();
  await page.getByLabel("Your name or the organisation’s").fill("Ada Lovelace");
  await page.locator("#email").fill(email);
  await page.locator("#consent").check();
  await expect(page.locator("[data-give]")).toHaveText("Give ¥1,000");
  await expectAccessible(page);
  await page.locator("[data-give]").click();
  await page.getByRole("link", { name: "Go to payment" }).click();
  await page.getByRole("button", { name: /Pay$/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Thank you, Ada Lovelace.");
  await expect(page.locator(".paper-sum")).toContainText("Received");
  await expect(page.locator(".paper")).toContainText("First match (demonstration)");
  const shown = await page.locator("main").innerText();
  const foreign = shown.replaceAll(/人民币|[零壹贰叁肆伍陆柒捌玖拾佰仟万元整角分]/gu, "").match(/\p{Script=Han}+/gu);
  expect(foreign, "no Chinese but the capitals").toBeNull();

  const pdf = await page.request.get((await page.locator('a[href$=".pdf"]').getAttribute("href"))!);
  const paper = await readPaper(await pdf.body());
  for (const said of ["Ada Lovelace", "壹仟元整", "Spark Project", "Donation receipt"]) expect(paper.text).toContain(said);
  await page.goto(paper.qr);
  await expect(page.locator(".verdict")).toContainText("This receipt is valid");
  await expect(page.locator(".verdict")).toContainText("A**");

  const staff = await another();
  await steps.signIn(staff, "staff", "/console/mail");
  const line = staff.locator("tr", { hasText: email });
  await expect(async () => {
    await staff.reload();
    await expect(line).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
  await line.getByRole("link").click();
  await expect(staff.locator(".letter")).toContainText("Ada Lovelace");
  expect(await staff.locator(".letter").innerText()).toContain("/gift/");
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`a gift's own page can be taken along as a QR code, ${colorScheme}`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    const token = await steps.give(page.request);
    await page.goto(`/gift/${token}`);
    expect(await readQrOnScreen(page.locator(".qr").first())).toBe(page.url());
  });
}

test("an anonymous donor is named on the receipt, and nowhere in public", async ({ page }) => {
  const token = await steps.give(page.request, { name: "李不具名", anonymous: "on", message: "平安" });
  const { verify } = await steps.receiptOf(page.request, token);
  await page.goto(verify);
  await expect(page.locator(".verdict")).toContainText("一位不愿留名的捐赠人");
  expect(await page.content()).not.toContain("李");
  // Nobody has passed the words yet.
  await page.goto("/funds/aid");
  await expect(page.locator("main")).not.toContainText("李不具名");
});

test.describe("where the law does not allow it", () => {
  // Two houses: nobody collects for any fund; one recipient collects for one fund.
  const recipient = `
    [[recipient]]
    name_zh = "演示慈善基金会"
    name_en = "Demonstration Charity Foundation"
    certificate = "演示公募证"
    certificate_from = "2024-01-01"
    certificate_until = "2099-12-31"
    receipt_prefix = "YS"
    bank_account = "账号：0000"
    contact = "0531"
    filing_number = "演示备案"
    plan_zh = "方案"
    plan_en = "Plan"
    plan_from = "2024-01-01"
    plan_until = "2099-12-31"
    funds = ["spark"]
  `;
  let none: House;
  let one: House;

  test.beforeAll(async () => {
    const { folder } = await import("./house.js");
    const { writeFile } = await import("node:fs/promises");
    const file = `${folder()}/programme.toml`;
    await writeFile(file, recipient);
    [none, one] = await Promise.all([House.start(), House.start([{ args: ["admin", "programme", file] }])]);
  });
  test.afterAll(async () => {
    await Promise.all([none?.stop(), one?.stop()]);
  });

  test("no fund is open: no form, a reason, and a form sent anyway is refused", async ({ page }) => {
    for (const path of ["/", "/donate", "/donate?to=aid"]) {
      await page.goto(`${none.url}${path}`);
      await expect(page.locator("main")).toContainText("目前没有可以在线捐赠的基金");
      await expect(page.locator("form.give-form")).toHaveCount(0);
    }
    await page.goto(`${none.url}/funds/aid`);
    await expect(page.locator("main")).toContainText("还没有登记受赠单位和募捐方案，依法不能在线募捐");
    const form = { gift_key: "0".repeat(26), target: "aid", amount: "10", channel: "sandbox" };
    const answer = await page.request.post(`${none.url}/donate`, { form, maxRedirects: 0 });
    expect(answer.status()).toBe(422);
    expect(await answer.text()).toContain("目前没有可以在线捐赠的基金");
  });

  test("a closed fund is refused beside the choice, an open one takes the gift", async ({ page }) => {
    await page.goto(`${one.url}/donate?to=aid`);
    await alive(page);
    await expect(page.locator("main")).toContainText("救助基金 · 尚未开放");
    await page.getByLabel("其他金额").fill("12.30");
    await page.locator("[data-give]").click();
    await expect(page.locator("#target-error")).toContainText("这个基金目前不能在线接受捐赠");
    await expect(page.locator("#target")).toBeFocused();
    const form = { gift_key: await steps.giftKey(page.request, one.url), target: "aid", amount: "12.30", channel: "sandbox" };
    const answer = await page.request.post(`${one.url}/donate`, { form, maxRedirects: 0 });
    expect(answer.status()).toBe(422);
    expect(await answer.text()).toContain("这个基金目前不能在线接受捐赠");
    await page.locator("#target").selectOption("spark");
    await expect(page.locator("#target-error")).toBeEmpty();
    await page.locator("[data-give]").click();
    await expect(page).toHaveURL(steps.PAY);
  });
});

test("whoever comes back from paying is told that the page looks for it, and sees the payment arrive", async ({ page }) => {
  const token = await steps.pledge(page.request, { name: "𠮷田", amount: "12" });
  await page.goto(`/gift/${token}/pay`);
  await alive(page);
  const news = page.locator(".pay-news");
  await expect(page.locator(".pay-news:empty")).toHaveCount(1);
  // The tab is seen again, as it is after the provider's tab was closed.
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange", { bubbles: true })));
  await expect(news).toHaveText("正在查看付款结果……");
  await expect(news).toContainText("还没有查到付款", { timeout: 15_000 });
  await expectAccessible(page);

  // Providers send donors back to the gift's page: it looks at once.
  await page.goto(`/gift/${token}`);
  await expect(news).toHaveText("正在查看付款结果……");
  const pay = await (await page.request.get(`/gift/${token}/pay`)).text();
  const provider = /href="(http[^"]*\/pay\/pt_[^"]*)"/.exec(pay)![1]!;
  await page.request.post(`${provider}/pay`, { form: { mode: "normal" }, maxRedirects: 0 });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("𠮷田，谢谢您。", { timeout: 15_000 });

  // The receipt's letters have no 𠮷: the donor learns how it is printed.
  await expect(page.locator(".paper-receipt")).toContainText("收据上印作“[U+20BB7]田”");
  await expectAccessible(page);
  const pdf = await page.request.get((await page.locator('a[href$=".pdf"]').getAttribute("href"))!);
  expect((await readPaper(await pdf.body())).text).toContain("[U+20BB7]田");
});
