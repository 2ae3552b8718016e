// Pictures of the living pages, to look at: phone and desktop, light and dark, both languages. No part of the tests.
// Usage: npm --prefix end2end run screens   (they land in end2end/test-results/screens; SPARK_TEST_SCREENS names another folder)

import { defineConfig } from "@playwright/test";
import base from "./playwright.config.js";

const sizes = {
  phone: { viewport: { width: 375, height: 812 }, hasTouch: true, isMobile: true },
  desktop: { viewport: { width: 1280, height: 800 } },
};

export default defineConfig({
  ...base,
  testDir: "screens",
  timeout: 180_000,
  projects: Object.entries(sizes).flatMap(([size, use]) =>
    (["light", "dark"] as const).flatMap((colorScheme) =>
      ["zh", "en"].map((lang) => ({
        name: `${size}-${colorScheme}-${lang}`,
        use: { ...use, colorScheme, locale: lang === "zh" ? "zh-CN" : "en-GB" },
      })),
    ),
  ),
});
