// What people do again and again in these tests: give, pay, sign in.

import { randomBytes } from "node:crypto";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect } from "./page.js";
import { PASSWORD } from "./house.js";

/** A mailbox that nobody else in this run has. */
export function mailbox(): string {
  return `e2e-${randomBytes(6).toString("hex")}@example.com`;
}

/** An amount that nobody else in this run gives: ¥300.01 to ¥899.99. */
export function oddAmount(): string {
  const fen = 30_001 + (randomBytes(4).readUInt32BE() % 59_999);
  return `${Math.floor(fen / 100)}.${String(fen % 100).padStart(2, "0")}`;
}

/** Today as the receipts write it: in Shanghai, wherever this runs. */
export function today(): { chinese: string; iso: string } {
  const iso = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());
  const [year, month, day] = iso.split("-").map(Number);
  return { chinese: `${year}年${month}月${day}日`, iso };
}

/** Signs in and arrives at the page that was asked for. */
export async function signIn(page: Page, name: string, path = "/console/gifts"): Promise<void> {
  await page.goto(path);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.locator("#name").fill(name);
  await page.locator("#password").fill(PASSWORD);
  await page.locator("main form button").click();
  await expect(page).toHaveURL(new RegExp(`${path.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
}

/** The fields of the giving form that a test sets itself. */
export type Fields = Record<string, string>;

const TOKEN = "[0-9a-hjkmnp-tv-z]{26}";

/** The address of a gift's own page. */
export const GIFT = new RegExp(`/gift/(${TOKEN})$`);

/** The address on which a gift is paid. */
export const PAY = new RegExp(`/gift/(${TOKEN})/pay$`);

/** The token in a gift's address. */
export function tokenIn(address: string): string {
  const found = new RegExp(`/gift/(${TOKEN})`).exec(address)?.[1];
  if (!found) throw new Error(`no gift in ${address}`);
  return found;
}

/** Sends the giving form without a browser; answers the gift's token. */
export async function pledge(request: APIRequestContext, fields: Fields, base = ""): Promise<string> {
  const key = await giftKey(request, base);
  const form = { gift_key: key, target: "aid", amount: "100", channel: "sandbox", consent: "on", ...fields };
  const answer = await request.post(`${base}/donate`, { form, maxRedirects: 0 });
  expect(answer.status(), await answer.text()).toBe(303);
  return tokenIn(answer.headers().location!);
}

/** The hidden key of a fresh form. */
export async function giftKey(request: APIRequestContext, base = ""): Promise<string> {
  const page = await (await request.get(`${base}/donate`)).text();
  return /name="gift_key" value="([^"]+)"/.exec(page)![1]!;
}

/** Gives through the sandbox without a browser and waits until the gift is paid; answers its token. */
export async function give(request: APIRequestContext, fields: Fields = {}, base = ""): Promise<string> {
  const token = await pledge(request, fields, base);
  const page = await (await request.get(`${base}/gift/${token}/pay`)).text();
  const payPage = /href="(http[^"]*\/pay\/pt_[^"]*)"/.exec(page)![1]!;
  await request.post(`${payPage}/pay`, { form: { mode: "normal" }, maxRedirects: 0 });
  await expectState(request, token, "paid", base);
  return token;
}

/** Waits until a gift is in a state. */
export async function expectState(request: APIRequestContext, token: string, state: string, base = ""): Promise<void> {
  const now = async () => (await (await request.get(`${base}/gift/${token}/state`)).json()).state;
  await expect.poll(now, { timeout: 20_000 }).toBe(state);
}

/** What a gift's own page says of its receipt. */
export async function receiptOf(request: APIRequestContext, token: string): Promise<{ number: string; verify: string }> {
  const page = await (await request.get(`/gift/${token}`)).text();
  const number = /[A-Z]{2}-\d{4}-\d{6}/.exec(page)![0];
  return { number, verify: /href="(\/verify\/[^"]+)"/.exec(page)![1]! };
}

/** The reference code that a gift's own page shows. */
export async function referenceOf(request: APIRequestContext, token: string): Promise<string> {
  const page = await (await request.get(`/gift/${token}`)).text();
  return /SP[0-9A-Z]{26}|HZ-[0-9A-Z]{5}-[0-9A-Z]{5}/.exec(page)![0];
}

/** Opens a gift in the console, as staff do: by its reference code or receipt number in the search. */
export async function openInConsole(page: Page, reference: string): Promise<void> {
  await page.goto("/console/gifts");
  await page.locator("#q").fill(reference);
  await page.locator("#q").press("Enter");
  await expect(page).toHaveURL(/\/console\/gifts\/[0-9a-f-]{36}$/);
  await expect(page.locator("main")).toContainText(reference);
}
