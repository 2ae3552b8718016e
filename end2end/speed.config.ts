// How long a phone waits for the pages on which one gives. No part of the tests; `scripts/audit.sh` runs it on a release build.

import { defineConfig } from "@playwright/test";
import base from "./playwright.config.js";

export default defineConfig({
  ...base,
  testDir: "speed",
  timeout: 300_000,
  workers: 1,
  projects: [{ name: "phone", use: { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true } }],
});
