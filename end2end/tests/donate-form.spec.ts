// The giving form while it is alive: the domain's own rules as one types, and nothing typed is ever lost.

import { expect, test } from "./page.js";

const button = "form.give-form [data-give]";

test("the button says the amount, tapped or typed", async ({ page }) => {
  await page.goto("/donate?to=spark");
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  await expect(page.locator(button)).toHaveText("捐赠 ¥100");
  await page.getByRole("radio", { name: "¥500" }).check();
  await expect(page.locator(button)).toHaveText("捐赠 ¥500");
  await page.locator("#amount").fill("１，２３４．５");
  await expect(page.locator(button)).toHaveText("捐赠 ¥1,234.50");
  await expect(page.locator("input[name=preset]:checked")).toHaveCount(0);
  await page.getByRole("radio", { name: "¥50", exact: true }).check();
  await expect(page.locator("#amount")).toHaveValue("");
  await expect(page.locator(button)).toHaveText("捐赠 ¥50");
});

test("a wrong amount is said under its field once one leaves it, and unsaid when mended", async ({ page }) => {
  await page.goto("/donate?to=spark");
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  const amount = page.locator("#amount");
  await amount.fill("1e9");
  await expect(page.locator("#amount-error")).toBeHidden();
  await amount.blur();
  await expect(page.locator("#amount-error")).toContainText("没有读懂这个金额");
  await expect(amount).toHaveAttribute("aria-invalid", "true");
  await amount.fill("19");
  await expect(page.locator("#amount-error")).toBeHidden();
  await expect(amount).not.toHaveAttribute("aria-invalid");
});

test("a form that cannot go off stays, opens the fold that is wrong and goes to the field", async ({ page }) => {
  await page.goto("/donate?to=spark");
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  await page.locator("summary", { hasText: "姓名与联系方式" }).click();
  await page.locator("#email").fill("nobody");
  await page.locator("summary", { hasText: "姓名与联系方式" }).click();
  await page.locator(button).click();
  await expect(page).toHaveURL(/\/donate\?to=spark$/);
  await expect(page.locator("#email")).toBeFocused();
  await expect(page.locator("#email-error")).toContainText("不像一个邮箱地址");
  await expect(page.locator("#consent-error")).toContainText("勾选同意");
});

test("the number for a tax receipt is checked by its check digit", async ({ page }) => {
  await page.goto("/donate?to=spark");
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  await page.locator("summary", { hasText: "收据与票据" }).click();
  await expect(page.locator("#tax_number")).toBeHidden();
  await page.locator("#tax").check();
  await page.locator("#tax_title").fill("王小明");
  await page.locator("#tax_number").fill("110105194912310021");
  await page.locator("#tax_number").blur();
  await expect(page.locator("#tax_number-error")).toContainText("校验位不对");
  await page.locator("#tax_number").fill("11010519491231002x");
  await expect(page.locator("#tax_number-error")).toBeHidden();
  await expect(page.locator("#tax_consent")).not.toBeChecked();
  await page.locator("#consent").check();
  await page.locator(button).click();
  await expect(page.locator("#tax_consent-error")).toContainText("单独勾选同意");
  await page.locator("#tax_consent").check();
  await page.locator(button).click();
  await expect(page).toHaveURL(/\/gift\/[a-z0-9]{26}\/pay$/);
});

test("what was typed before the page came alive is still there, and meant", async ({ page }) => {
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await page.goto("/donate?to=spark", { waitUntil: "domcontentloaded" });
  await page.locator("#amount").fill("66.60");
  await expect(page.locator(button)).toHaveText("捐赠 ¥100");
  release();
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  await expect(page.locator("#amount")).toHaveValue("66.60");
  await expect(page.locator("input[name=preset]:checked")).toHaveCount(0);
  await expect(page.locator(button)).toHaveText("捐赠 ¥66.60");
});

test("a second click sends nothing, and the form opens again when no answer comes", async ({ page }) => {
  await page.clock.install();
  await page.goto("/donate?to=spark");
  await expect(page.locator("html[data-hydrated]")).toBeAttached();
  let sent = 0;
  await page.route("**/donate", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    sent += 1;
    // 204: the browser stays on the page, as it does while an answer is awaited.
    await route.fulfill({ status: 204 });
  });
  await page.locator(button).click();
  await expect(page.locator(button)).toHaveText("正在提交…");
  // Playwright waits for what says `aria-disabled`; an impatient finger does not.
  await page.locator(button).click({ force: true });
  await page.locator(button).click({ force: true });
  expect(sent).toBe(1);
  await page.clock.runFor(11_000);
  await expect(page.locator(button)).toHaveText("捐赠 ¥100");
  await page.locator(button).click();
  await expect.poll(() => sent).toBe(2);
});

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });

  test("a typed amount wins over the tapped one, and a refused form keeps what was typed", async ({ page }) => {
    await page.goto("/donate?to=spark");
    await page.locator("#amount").fill("1e9");
    await page.locator("summary", { hasText: "姓名与联系方式" }).click();
    await page.locator("#name").fill("王小明");
    await page.locator(button).click();
    await expect(page.locator("#errors")).toContainText("处需要修改");
    await expect(page.locator("#amount")).toHaveValue("1e9");
    await expect(page.locator("#amount-error")).toContainText("没有读懂这个金额");
    await expect(page.locator("#name")).toHaveValue("王小明");
    await expect(page.locator("#consent-error")).toContainText("勾选同意");
  });
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? "with the browser half" : "without JavaScript", () => {
    test.use({ javaScriptEnabled });

    test("the language switch keeps what was typed, and Enter gives", async ({ page }) => {
      await page.goto("/donate?to=spark");
      const change = page.locator(".language button[name=language]").first();
      await change.click();
      await expect(page.locator("html")).toHaveAttribute("lang", "en");
      await expect(page).toHaveURL(/\/donate\?to=spark$/);
      await page.locator("#amount").fill("12.34");
      await change.click();
      await expect(page.locator("html")).toHaveAttribute("lang", "zh-CN");
      await expect(page).toHaveURL(/\/donate$/);
      await expect(page.locator("#amount")).toHaveValue("12.34");

      await page.goto("/");
      await page.locator("#amount").fill("12.34");
      await change.click();
      await expect(page.locator("html")).toHaveAttribute("lang", "en");
      await expect(page.locator("#funds-title")).toBeVisible();
      await expect(page.locator("#amount")).toHaveValue("12.34");
      await page.locator("#amount").press("Enter");
      await expect(page).toHaveURL(/\/gift\/[0-9a-z]{26}\/pay$/i);
    });
  });
}
