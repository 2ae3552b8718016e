// Turns what the compilers left into the folder that the server serves: hashed names, compressed copies, a manifest.
// Usage: node scripts/site.mjs <dev|release> <folder from wasm-bindgen> <site folder>

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, extname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { bundle } from "lightningcss";

const [profile, bindgen, site] = process.argv.slice(2);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const release = profile === "release";

const digest = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 16);
};

// Written beside the old folder and moved in at the end, so a server never sees half a site.
const next = `${site}.next`;
rmSync(next, { recursive: true, force: true });
mkdirSync(join(next, "pkg"), { recursive: true });
const files = [];

/** Files worth compressing; pictures and fonts are compressed already. */
const squeezable = new Set([".js", ".css", ".wasm", ".svg", ".txt", ".json", ".webmanifest"]);

function add(path, body, immutable) {
  const target = join(next, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, body);
  const encodings = [];
  // A debug WASM of many megabytes would cost seconds at each change for a browser on the same machine.
  if (release && squeezable.has(extname(path))) {
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    };
    writeFileSync(`${target}.br`, brotliCompressSync(body, { params }));
    writeFileSync(`${target}.gz`, gzipSync(body, { level: 9 }));
    encodings.push("br", "gzip");
  }
  files.push({ path, immutable, encodings });
}

function walk(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

// The module and its WASM share one hash: neither works with another build of the other.
const js = readFileSync(join(bindgen, "app.js"));
const wasm = readFileSync(join(bindgen, "app_bg.wasm"));
const app = `app-${digest(js, wasm)}`;
add(`pkg/${app}.js`, js, true);
add(`pkg/${app}_bg.wasm`, wasm, true);
// Snippets are imported by relative paths that carry a hash of the crate, not of the content.
for (const path of walk(join(bindgen, "snippets"))) {
  add(`pkg/snippets/${path}`, readFileSync(join(bindgen, "snippets", path)), false);
}

let starter = readFileSync(join(root, "app/src/start.js"), "utf8").replaceAll("SCRIPT", app);
// Its comments are for us; none of its lines has one behind code.
if (release) starter = starter.replace(/^\s*\/\/.*\n/gm, "");
const start = `pkg/start-${digest(starter)}.js`;
add(start, Buffer.from(starter), true);

// The browsers inside chat apps are years old: colours and light-dark() are written out for them.
const since = (major) => major << 16;
const targets = { chrome: since(90), android: since(90), firefox: since(90), safari: since(14), ios_saf: since(14) };
const css = bundle({ filename: join(root, "style/main.css"), minify: release, projectRoot: root, targets });
for (const warning of css.warnings) console.error(`style: ${warning.message}`);
const style = `pkg/main-${digest(css.code)}.css`;
add(style, Buffer.from(css.code), true);

for (const path of walk(join(root, "public"))) add(path, readFileSync(join(root, "public", path)), false);

const assets = { style: `/${style}`, start: `/${start}`, module: `/pkg/${app}.js`, wasm: `/pkg/${app}_bg.wasm` };
writeFileSync(join(next, "manifest.json"), `${JSON.stringify({ assets, files }, null, 1)}\n`);
rmSync(site, { recursive: true, force: true });
renameSync(next, site);

const size = (path) => `${Math.round(readFileSync(path).length / 1024)} kB`;
const transfer = join(site, `pkg/${app}_bg.wasm${release ? ".br" : ""}`);
console.log(`  site: ${files.length} files; WASM ${size(transfer)}${release ? " with brotli" : ", not compressed"}`);
