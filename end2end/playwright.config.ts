// Where and how the browser tests run: Debian's Chromium, a phone and a desktop, our own debug server.

import { defineConfig } from "@playwright/test";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const port = Number(process.env.SPARK_TEST_PORT ?? 3417);
const baseURL = `http://127.0.0.1:${port}`;
// The config is read by every worker: the first makes the folder, the others take its name from the environment.
const data = (process.env.SPARK_TEST_DATA_DIR ??= mkdtempSync(join(tmpdir(), "spark-e2e-")));
const spark = process.env.SPARK_BIN ?? "../target/debug/spark";

export default defineConfig({
  testDir: "tests",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  workers: 2,
  retries: 0,
  timeout: 30_000,
  reporter: [["list"]],
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
    { name: "phone", use: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true } },
    { name: "desktop", use: { viewport: { width: 1280, height: 800 } } },
  ],
  webServer: {
    command: `exec ${spark} serve`,
    url: `${baseURL}/`,
    env: {
      SPARK_ENVIRONMENT: "demo",
      SPARK_DATA_DIR: data,
      SPARK_LISTEN: `127.0.0.1:${port}`,
      SPARK_SANDBOX_LISTEN: `127.0.0.1:${port + 1}`,
    },
    gracefulShutdown: { signal: "SIGTERM", timeout: 5_000 },
    reuseExistingServer: false,
    stdout: "ignore",
    stderr: "pipe",
  },
});
