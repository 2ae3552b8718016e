// Screenshots of the gallery for looking at: every page at phone and desktop width, light and dark.
// Usage: node end2end/shoot.mjs <folder of the gallery> [part of a name] [phone|desktop]
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "@playwright/test";
import { bundle } from "lightningcss";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [folder, part = "", only = ""] = process.argv.slice(2);
const gallery = resolve(folder);
const css = bundle({ filename: join(root, "style/main.css"), projectRoot: root });
// Phones have a Chinese font; this machine may not. The papers' font stands in, for the pictures only.
const font = join(root, "node_modules/@expo-google-fonts/noto-sans-sc");
const faces = [
  [400, "400Regular"],
  [500, "500Medium"],
  [600, "600SemiBold"],
].map(([weight, name]) => {
  const url = pathToFileURL(join(font, name, `NotoSansSC_${name}.ttf`)).href;
  return `@font-face{font-family:"PingFang SC";font-weight:${weight};src:url("${url}")}`;
});
writeFileSync(join(gallery, "main.css"), faces.join("\n") + css.code.toString());

const shots = join(gallery, "shots");
mkdirSync(shots, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
});
const sizes = { phone: { width: 375, height: 812 }, desktop: { width: 1280, height: 800 } };
let wide = 0;
for (const [size, viewport] of Object.entries(sizes).filter(([size]) => !only || size === only)) {
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ viewport, colorScheme, deviceScaleFactor: size === "phone" ? 2 : 1 });
    for (const file of readdirSync(gallery).filter((name) => name.endsWith(".html") && name.includes(part))) {
      await page.goto(pathToFileURL(join(gallery, file)).href);
      // A page that scrolls sideways is broken: say so.
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) console.log(`${file} ${size}: ${over} px too wide`), (wide += 1);
      await page.screenshot({ path: join(shots, `${file.replace(".html", "")}.${size}.${colorScheme}.png`), fullPage: true });
    }
    await page.close();
  }
}
await browser.close();
if (wide) process.exitCode = 1;
