// The `test` that every file uses: a page that fails on any console error, script error or policy report.

import { test as base, expect } from "@playwright/test";

export const test = base.extend<{ clean: void }>({
  clean: [
    async ({ page }, use) => {
      const faults: string[] = [];
      page.on("console", (message) => {
        if (message.type() === "error" || message.type() === "warning") faults.push(`console: ${message.text()}`);
      });
      page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
      // A blocked resource need not reach the console: ask the document itself.
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
        });
      });
      await use();
      expect(faults, "nothing may go wrong in the browser").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };
