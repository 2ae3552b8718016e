// Where and how the browser tests run: Debian's Chromium, a phone and a desktop, our own debug server with demo data.

import { defineConfig } from "@playwright/test";
import { folder, freePorts, settings, SPARK } from "./tests/house.js";

// Every worker reads this file: the first reader chooses, the others take its choice from the environment.
process.env.SPARK_TEST_PORTS ??= (await freePorts(2)).join(" ");
const [port, sandboxPort] = process.env.SPARK_TEST_PORTS.split(" ").map(Number) as [number, number];
process.env.SPARK_TEST_DATA_DIR ??= folder();
const baseURL = `http://127.0.0.1:${port}`;
const env = settings(process.env.SPARK_TEST_DATA_DIR, port, sandboxPort);
// The server inherits this environment: a setting that is meant for another house must not lead it there.
const others = Object.keys(process.env).filter((name) => name.startsWith("SPARK_") && !(name in env));
const spark = ["env", ...others.map((name) => `-u ${name}`), `"${SPARK}"`].join(" ");

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  retries: 0,
  timeout: 40_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["./reporter.ts"]],
  use: {
    baseURL,
    locale: "zh-CN",
    timezoneId: "Asia/Shanghai",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.SPARK_CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
  projects: [
    {
      name: "phone",
      testIgnore: /(console|security|nodes)\.spec\.ts/,
      use: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true },
    },
    {
      name: "desktop",
      testIgnore: /(giving|donate-form)\.spec\.ts/,
      use: { viewport: { width: 1280, height: 800 } },
    },
  ],
  webServer: {
    command: `${spark} demo --gifts 40 --units 300 && exec ${spark} serve`,
    url: `${baseURL}/readyz`,
    env,
    gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 },
    reuseExistingServer: false,
    stdout: "ignore",
    stderr: "pipe",
  },
});
