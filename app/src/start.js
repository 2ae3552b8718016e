// Fetches the browser half and wakes the islands of the page, outer ones first.
//
// The names in capitals are put in by `scripts/site.mjs`. Leptos has the same in its `HydrationScripts`, but inline in
// every page and without a nonce on its preload, which our policy then blocks. It is a file instead, fetched once.
// What it relies on is fixed by the pinned Leptos: the two element names, `data-component`, `$$on_hydrate`.

import init, * as app from "./SCRIPT.js";

await init({ module_or_path: new URL("./SCRIPT_bg.wasm", import.meta.url) });
app.hydrate();

// For each island's children we are inside of: what prepares the context of the islands among them.
const surrounding = [];

async function wake(element) {
  if (element.localName === "leptos-island") {
    const island = app[element.dataset.component];
    if (island) {
      surrounding.at(-1)?.();
      await island(element);
    } else {
      console.error(`The browser half has no island ${element.dataset.component}: was only one half rebuilt?`);
    }
  }
  const children = element.localName === "leptos-children";
  if (children) surrounding.push(element.$$on_hydrate);
  for (const child of element.children) await wake(child);
  if (children) surrounding.pop();
}

await wake(document.body);
// Tests wait for this mark before they click.
document.documentElement.dataset.hydrated = "";
