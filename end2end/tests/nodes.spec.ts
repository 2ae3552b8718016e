// Two nodes on one PostgreSQL behind one address: donors and staff are served by A, the provider's notifications reach B.

import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { createServer, request as forward, type Server } from "node:http";
import { join } from "node:path";
import { promisify } from "node:util";
import { folder, freePorts, House } from "./house.js";
import { alive, expect, test } from "./page.js";
import { readPaper } from "./paper.js";
import * as steps from "./steps.js";

const cluster = process.env.SPARK_TEST_PG_URL ?? "";

test.skip(!cluster, "SPARK_TEST_PG_URL names no PostgreSQL: scripts/postgres.sh gives one");
// In one worker: the two nodes are started once.
test.describe.configure({ mode: "default" });

/** The newest psql of Debian's, which stands beside the server and not always on the path. */
function psql(): string {
  const place = "/usr/lib/postgresql";
  const versions = existsSync(place) ? readdirSync(place).sort((a, b) => Number(b) - Number(a)) : [];
  return versions.map((version) => join(place, version, "bin", "psql")).find(existsSync) ?? "psql";
}

async function sql(command: string): Promise<void> {
  await promisify(execFile)(psql(), ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", cluster, "-c", command]);
}

/** What a balancer does: one address, notifications to one node, everything else to the other; and it counts. */
class Balancer {
  readonly notified: { status: number }[] = [];
  private server?: Server;

  async listen(port: number, pages: string, notifications: string): Promise<void> {
    this.server = createServer((incoming, outgoing) => {
      const told = incoming.url!.startsWith("/notify/");
      const { hostname, port: to } = new URL(told ? notifications : pages);
      const { method, url: path, headers } = incoming;
      const onward = forward({ hostname, port: to, method, path, headers }, (answer) => {
        if (told) this.notified.push({ status: answer.statusCode! });
        outgoing.writeHead(answer.statusCode!, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.writeHead(502).end());
      incoming.pipe(onward);
    });
    await new Promise<void>((done) => this.server!.listen(port, "127.0.0.1", done));
  }

  async close(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise((done) => (this.server ? this.server.close(done) : done(undefined)));
  }
}

const name = `e2e_${randomBytes(6).toString("hex")}`;
const balancer = new Balancer();
let front: string;
let a: House;
let b: House;

test.beforeAll(async () => {
  await sql(`create database ${name}`);
  const database = new URL(cluster);
  database.pathname = `/${name}`;
  const [port] = (await freePorts(1)) as [number];
  front = `http://127.0.0.1:${port}`;
  const mail = folder();
  const shared = { SPARK_DATABASE_URL: database.href, SPARK_BASE_URL: front, SPARK_MAIL_FOLDER: mail };
  a = await House.start([{ args: ["demo", "--gifts", "3", "--units", "0"] }], shared);
  // B has its own folder, the key of A, and asks the sandbox that A started.
  b = await House.start([], {
    ...shared,
    SPARK_MASTER_KEY_FILE: join(a.env.SPARK_DATA_DIR!, "keys", "master.key"),
    SPARK_SANDBOX_START: "false",
    SPARK_SANDBOX_URL: a.env.SPARK_SANDBOX_URL!,
  });
  await balancer.listen(port, a.url, b.url);
});

test.afterAll(async () => {
  await balancer.close();
  await Promise.all([a?.stop(), b?.stop()]);
  await sql(`drop database if exists ${name} with (force)`);
});

test("¥100.50 given on A is paid there when B is notified, and its receipt verifies on both", async ({ page, another }) => {
  const email = steps.mailbox();
  await page.goto(`${front}/donate?to=aid`);
  await alive(page);
  await page.locator("#amount").fill("100.50");
  await page.locator("summary", { hasText: "姓名与联系方式" }).click();
  await page.locator("#name").fill("王小明");
  await page.locator("#email").fill(email);
  await page.locator("#consent").check();
  await page.locator("[data-give]").click();
  await expect(page).toHaveURL(steps.PAY);
  const token = steps.tokenIn(page.url());
  // A second page of the donor's waits on A while the first goes to pay.
  const waiting = await another();
  await waiting.goto(`${a.url}/gift/${token}`);
  await expect(waiting.locator("h1")).toHaveText("还没有收到付款");
  await page.getByRole("link", { name: "去付款" }).click();
  await page.getByRole("button", { name: "支付 ¥100.50" }).click();
  await expect(page.locator("h1")).toHaveText("王小明，谢谢您。");
  await expect(waiting.locator("h1")).toHaveText("王小明，谢谢您。", { timeout: 15_000 });
  await expect.poll(() => balancer.notified).toEqual([{ status: 200 }]);

  const pdf = await page.request.get(`${front}${await page.locator('a[href$=".pdf"]').getAttribute("href")}`);
  const paper = await readPaper(await pdf.body());
  for (const said of ["壹佰元零伍角", "救助基金", steps.today().chinese]) expect(paper.text).toContain(said);
  expect(paper.qr).toContain(`${front}/verify/`);
  for (const node of [front, a.url, b.url]) {
    await page.goto(paper.qr.replace(front, node));
    await expect(page.locator(".verdict")).toContainText("这张收据有效");
    expect(paper.text).toContain((await page.locator(".verdict .code").innerText()).trim());
  }

  // One letter, whichever node sent it.
  const staff = await another();
  await steps.signIn(staff, "staff", `${front}/console/mail`);
  const line = staff.locator("tr", { hasText: email });
  await expect(async () => {
    await staff.reload();
    await expect(line).toHaveCount(1, { timeout: 1_000 });
  }).toPass();
});

test("who signs in on A is known on B, and who signs out on B is out on A", async ({ page }) => {
  await steps.signIn(page, "finance", `${a.url}/console/gifts`);
  await page.goto(`${b.url}/console/gifts`);
  await expect(page.locator("h1")).toHaveText("捐赠");
  await expect(page.locator(".rail-who")).toContainText("财务");
  await page.getByRole("button", { name: "退出" }).click();
  await expect(page).toHaveURL(/\/sign-in\?out=asked$/);
  await page.goto(`${a.url}/console/gifts`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
});

test("a form sent to both nodes at once is one gift", async ({ request }) => {
  const gift_key = await steps.giftKey(request, a.url);
  const form = { gift_key, target: "aid", amount: "12.34", channel: "sandbox" };
  const nodes = [a.url, b.url, a.url, b.url];
  const answers = await Promise.all(nodes.map((node) => request.post(`${node}/donate`, { form, maxRedirects: 0 })));
  expect(answers.map((answer) => answer.status())).toEqual([303, 303, 303, 303]);
  expect(new Set(answers.map((answer) => answer.headers().location)).size).toBe(1);
});
