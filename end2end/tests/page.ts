// The `test` that every file uses: it fails on any console error, script error or policy report in any of its pages.

import { AxeBuilder } from "@axe-core/playwright";
import { type BrowserContext, type BrowserContextOptions, type Page, test as base, expect } from "@playwright/test";

type Watched = {
  /** What went wrong in the browser so far. A test that provokes something takes it out. */
  faults: string[];
  /** Opens another browser context, watched like the first: another person. */
  another: (options?: BrowserContextOptions) => Promise<Page>;
};

export const test = base.extend<Watched>({
  faults: [
    async ({ context, javaScriptEnabled }, use) => {
      const faults: string[] = [];
      await watch(context, faults, javaScriptEnabled);
      await use(faults);
      expect(faults, "nothing may go wrong in the browser").toEqual([]);
    },
    { auto: true },
  ],
  another: async ({ browser, faults, javaScriptEnabled }, use) => {
    const opened: BrowserContext[] = [];
    await use(async (options = {}) => {
      const desk = { viewport: { width: 1280, height: 800 }, isMobile: false, hasTouch: false };
      const context = await browser.newContext({ ...desk, ...options });
      opened.push(context);
      await watch(context, faults, javaScriptEnabled);
      return context.newPage();
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});

async function watch(context: BrowserContext, faults: string[], scripts: boolean): Promise<void> {
  // The browser reports a page that is answered with 4xx as an error; the tests ask for those answers by status.
  const refused = new Set<string>();
  context.on("response", (response) => {
    const status = response.status();
    if (response.request().isNavigationRequest() && status >= 400 && status < 500) refused.add(response.url());
  });
  context.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    // Where no script may run, the one that would use the preloaded WASM does not.
    if (!scripts && message.text().includes("was preloaded using link preload but not used")) return;
    const answered = message.text().startsWith("Failed to load resource") && refused.has(message.location().url);
    if (!answered) faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on("weberror", (error) => faults.push(`script: ${error.error().message}`));
  // A blocked resource need not reach the console: ask the document itself.
  await context.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
}

/** Fails on whatever WCAG 2.2 AA forbids and a program can see. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
}

/** Waits until the islands of the page are alive. */
export async function alive(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-hydrated", "");
}

export { expect };
