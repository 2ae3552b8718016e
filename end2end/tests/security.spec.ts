// What protects donors and staff: policy and headers on every page, no posting from elsewhere, nothing to guess.

import { randomBytes } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import { House, PASSWORD } from "./house.js";
import { alive, expect, test } from "./page.js";
import * as steps from "./steps.js";

/** 26 places that are a well-formed token of nothing. */
const strange = () => {
  const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  // 128 bits in 26 places: the first holds three of them.
  const [first, ...rest] = randomBytes(26);
  return alphabet[first! % 8]! + rest.map((byte) => alphabet[byte % 32]).join("");
};

/** An address of its own, so that the limits of one test do not stop another. */
const somebody = () => ({ "x-forwarded-for": `2001:db8:${randomBytes(2).toString("hex")}:${randomBytes(2).toString("hex")}::1` });

/** Opens a page and holds its answer against what every answer must bear; returns its nonce. */
async function guarded(page: Page, path: string, status = 200): Promise<string> {
  const answer = (await page.goto(path))!;
  expect(answer.status(), path).toBe(status);
  const headers = answer.headers();
  expect(headers).toMatchObject({
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
  });
  expect(headers["permissions-policy"]).toContain("camera=()");
  expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  expect(headers["cache-control"], path).toMatch(/no-store|private, no-cache/);
  const policy = headers["content-security-policy"] ?? "";
  for (const rule of ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]) {
    expect(policy, path).toContain(rule);
  }
  expect(policy).not.toContain("unsafe-inline");
  expect(policy).not.toContain("'unsafe-eval'");
  const nonce = /script-src 'nonce-([^']+)' 'wasm-unsafe-eval';/.exec(policy)?.[1];
  expect(nonce, path).toBeTruthy();
  expect(await page.locator("[style], style, [onclick]").count(), `${path} has inline style or script`).toBe(0);
  // Where a page has islands, they woke up under this policy.
  if (await page.locator("script[src]").count()) await alive(page);
  return nonce!;
}

test("every public page obeys its policy, with a nonce of its own", async ({ page }) => {
  const token = await steps.give(page.request, { name: "王小明", email: steps.mailbox() });
  const waiting = await steps.pledge(page.request, { channel: "bank_transfer", email: steps.mailbox() });
  const unpaid = await steps.pledge(page.request, {});
  const { verify } = await steps.receiptOf(page.request, token);
  const paths = ["/", "/donate", "/donate?to=aid/rural", "/funds/spark", "/funds/aid", "/funds/research", "/figures", "/how"];
  paths.push("/privacy", "/verify", verify, "/sign-in", `/gift/${token}`, `/gift/${waiting}/pay`, `/gift/${unpaid}/pay`);
  paths.push(`/gift/${unpaid}`);
  const nonces = new Set<string>();
  for (const path of paths) nonces.add(await guarded(page, path));
  nonces.add(await guarded(page, "/nowhere", 404));
  // The home page is kept for a second, and still nobody gets the nonce of another.
  nonces.add(await guarded(page, "/"));
  nonces.add(await guarded(page, "/"));
  expect(nonces.size).toBe(paths.length + 3);
});

test("every page of the console obeys its policy", async ({ page }) => {
  const token = await steps.give(page.request, { name: "王小明", email: steps.mailbox(), message: "愿平安" });
  const reference = await steps.referenceOf(page.request, token);
  await steps.signIn(page, "finance");
  await steps.openInConsole(page, reference);
  const gift = new URL(page.url()).pathname;
  for (const path of ["/console/gifts", gift, "/console/messages", "/console/mail"]) await guarded(page, path);
  const letter = await page.locator("td a").first().getAttribute("href");
  await guarded(page, letter!);
  await page.context().clearCookies();
  await steps.signIn(page, "staff", "/console/calls");
  await guarded(page, "/console/calls");
  await page.context().clearCookies();
  await steps.signIn(page, "admin", "/console/jobs");
  await guarded(page, "/console/jobs");
});

test("the policy blocks what it should, and these tests would hear of it", async ({ page, faults }) => {
  await page.goto("/how");
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.head.append(script);
    document.body.setAttribute("style", "color: red");
    const picture = document.createElement("img");
    picture.src = "https://elsewhere.example/spy.gif";
    document.body.append(picture);
  });
  const heard = ["script-src-elem inline", "style-src-attr inline", "img-src https://elsewhere.example"];
  for (const said of heard) await expect.poll(() => faults.join("\n")).toContain(`policy: ${said}`);
  await expect(page).not.toHaveTitle("taken over");
  faults.length = 0;
});

test("no form can be sent from elsewhere", async ({ page, request }) => {
  const token = await steps.give(request, { name: "王小明" });
  const staff = page.request;
  await steps.signIn(page, "finance");
  await steps.openInConsole(page, await steps.referenceOf(request, token));
  const gift = new URL(page.url()).pathname;
  const key = await steps.giftKey(request);
  const posts: [string, Record<string, string>][] = [
    ["/donate", { gift_key: key, target: "aid", amount: "10", channel: "sandbox" }],
    ["/language", { lang: "en", next: "/" }],
    ["/verify", { number: "YS-2026-000001", amount: "1" }],
    ["/sign-in", { name: "staff", password: PASSWORD }],
    [`${gift}/refunds`, { amount: "1", reason: "x", key: "0".repeat(26) }],
    ["/sign-out", {}],
  ];
  const forged: Record<string, string>[] = [
    { "sec-fetch-site": "cross-site", origin: "https://evil.example" },
    { "sec-fetch-site": "same-site", origin: "http://127.0.0.1:1" },
    // A browser too old to say where a request comes from still says the origin.
    { origin: "https://evil.example" },
    { origin: "null" },
  ];
  for (const [path, form] of posts) {
    for (const headers of forged) {
      const answer = await staff.post(path, { form, headers, maxRedirects: 0 });
      expect(answer.status(), `${path} ${JSON.stringify(headers)}`).toBe(403);
    }
  }
  // Nothing came of it: still signed in, nothing refunded, and the form's key is free.
  await page.goto(gift);
  await expect(page.locator("main")).toContainText("没有退款");
  const own = { "sec-fetch-site": "same-origin", origin: new URL(page.url()).origin };
  const answer = await staff.post(posts[0]![0], { form: posts[0]![1], headers: own, maxRedirects: 0 });
  expect(answer.status()).toBe(303);

  // The same by a real browser, from a page of somebody else that knows the address.
  const action = new URL("/sign-out", page.url()).href;
  const trap = `<!doctype html><title>trap</title><form method="post" action="${action}"><button>win</button></form>`;
  await page.route("http://evil.example/**", (route) => route.fulfill({ contentType: "text/html", body: trap }));
  await page.goto("http://evil.example/trap");
  const sent = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button").click();
  const refused = await sent;
  expect(refused.status()).toBe(403);
  expect((await refused.request().allHeaders()).origin).toBe("http://evil.example");
  await expect(page.locator("h1")).toHaveText("请从本网站提交");
  await page.goto(gift);
  await expect(page).toHaveURL(new RegExp(`${gift}$`));
});

test("an address that was guessed leads nowhere", async ({ page, request }) => {
  const token = await steps.give(request, {});
  const near = token.slice(0, -1) + (token.endsWith("0") ? "4" : "0");
  for (const guess of [strange(), strange(), near, "1", "x".repeat(26), `${token}x`]) {
    for (const path of [`/gift/${guess}`, `/gift/${guess}/pay`, `/gift/${guess}/state`, `/verify/${guess}`]) {
      expect((await request.get(path, { maxRedirects: 0 })).status(), path).toBe(404);
    }
  }
  await page.goto(`/gift/${strange()}`);
  await expect(page.locator("h1")).toHaveText("没有这个页面");
  // A receipt opens under its own gift only.
  const other = await steps.give(request, {});
  const pdf = /\/receipt\/[0-9a-f-]{36}\.pdf/.exec(await (await request.get(`/gift/${token}`)).text())![0];
  expect((await request.get(`/gift/${token}${pdf}`)).status()).toBe(200);
  expect((await request.get(`/gift/${other}${pdf}`)).status()).toBe(404);
});

test("a look-up by number needs the amount, and is counted by address", async ({ page, request }) => {
  const token = await steps.give(request, { name: "王小明", amount: "88.80" });
  const { number } = await steps.receiptOf(request, token);
  const ask = (from: Record<string, string>, amount: string, asked = number) =>
    request.post("/verify", { form: { number: asked, amount }, headers: from });
  const donor = somebody();
  expect((await ask(donor, "88.80")).status()).toBe(200);
  const wrong = await ask(donor, "88.81");
  expect(wrong.status()).toBe(404);
  const text = await wrong.text();
  const unknown = await ask(donor, "88.80", "YS-2026-999999");
  expect(unknown.status()).toBe(404);
  // Neither says which of the two was wrong.
  const news = (html: string) => /<div[^>]*role="alert"[^>]*>.*?<\/div>/s.exec(html)![0];
  expect(news(await unknown.text())).toBe(news(text));
  expect(text).not.toContain("王");

  const guesser = somebody();
  const statuses: number[] = [];
  for (let guess = 0; guess < 22; guess += 1) statuses.push((await ask(guesser, `${guess + 1}`)).status());
  expect(statuses).toEqual([...Array(20).fill(404), 429, 429]);
  // Not even the right answer now; but somebody else still gets it.
  expect((await ask(guesser, "88.80")).status()).toBe(429);
  expect((await ask(somebody(), "88.80")).status()).toBe(200);

  await page.context().setExtraHTTPHeaders(guesser);
  await page.goto("/verify");
  await page.locator("#number").fill(number);
  await page.locator("#amount").fill("88.80");
  await page.getByRole("button", { name: "查验" }).click();
  await expect(page.getByRole("alert")).toContainText("尝试次数太多，请等");
  await expect(page.locator("#number")).toHaveValue(number);
});

test("passwords cannot be tried out, and nobody is locked out from elsewhere", async ({ request }) => {
  const attacker = somebody();
  const signIn = (from: Record<string, string>, password: string) =>
    request.post("/sign-in", { form: { name: "manager", password }, headers: from, maxRedirects: 0 });
  const statuses: number[] = [];
  for (let guess = 0; guess < 6; guess += 1) statuses.push((await signIn(attacker, `guess ${guess} of many`)).status());
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429]);
  expect((await signIn(attacker, PASSWORD)).status(), "even the right one has to wait here").toBe(429);
  expect((await signIn(somebody(), PASSWORD)).status()).toBe(303);
});

test("what is too large or of no form is refused, and nothing of our insides is told", async ({ request }) => {
  const large = await request.post("/donate", { form: { message: "x".repeat(70_000) }, maxRedirects: 0 });
  expect(large.status()).toBe(413);
  const odd = await request.post("/donate", { data: { amount: 1 }, maxRedirects: 0 });
  expect([400, 415, 422]).toContain(odd.status());
  for (const answer of [large, odd]) expect(await answer.text()).not.toMatch(/axum|src\/|panicked|sqlx/i);
  expect((await request.post("/notify/sandbox", { data: "{}" })).status()).toBeGreaterThanOrEqual(400);
});

test("under https every cookie is Secure and for this host alone", async ({ request }) => {
  const password = "a long enough password";
  const create = { args: ["admin", "create-user", "li.na", "--role", "finance"], input: `${password}\n` };
  const house = await House.start([create], { SPARK_BASE_URL: "https://spark.example.org", SPARK_SANDBOX_START: "false" });
  try {
    const signIn = await post(request, `${house.url}/sign-in`, { name: "li.na", password });
    expect(signIn.status).toBe(303);
    expect(signIn.cookie).toMatch(/^__Host-session=/);
    for (const word of ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"]) expect(signIn.cookie).toContain(word);
    expect(signIn.cookie).not.toContain("Domain");
    const language = await post(request, `${house.url}/language`, { lang: "en", next: "/" });
    expect(language.cookie).toMatch(/^lang=en/);
    for (const word of ["HttpOnly", "Secure", "SameSite=Lax"]) expect(language.cookie).toContain(word);
  } finally {
    await house.stop();
  }
});

async function post(request: APIRequestContext, url: string, form: Record<string, string>) {
  const answer = await request.post(url, { form, maxRedirects: 0 });
  return { status: answer.status(), cookie: answer.headers()["set-cookie"] ?? "" };
}
