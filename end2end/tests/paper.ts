// What a person reads on a receipt, and what a phone reads in its QR code.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Locator } from "@playwright/test";
import jsqrModule from "jsqr";

const run = promisify(execFile);
// The package is CommonJS with a default export of its own.
const jsQR = jsqrModule as unknown as typeof jsqrModule.default;

export type Paper = { text: string; qr: string };

/** The text of a PDF, by poppler. */
export async function readText(pdf: Buffer): Promise<string> {
  if (!pdf.subarray(0, 5).equals(Buffer.from("%PDF-"))) throw new Error(`no PDF: ${pdf.subarray(0, 200).toString()}`);
  const reading = run("pdftotext", ["-", "-"]);
  reading.child.stdin?.end(pdf);
  return (await reading).stdout;
}

/** Reads a PDF: its text by poppler, and the QR code from a picture of its first page. */
export async function readPaper(pdf: Buffer): Promise<Paper> {
  if (!pdf.subarray(0, 5).equals(Buffer.from("%PDF-"))) throw new Error(`no PDF: ${pdf.subarray(0, 200).toString()}`);
  const place = await mkdtemp(join(tmpdir(), "spark-paper-"));
  try {
    const file = join(place, "paper.pdf");
    await writeFile(file, pdf);
    const { stdout } = await run("pdftotext", [file, "-"]);
    await run("pdftoppm", ["-gray", "-r", "150", "-f", "1", "-l", "1", "-singlefile", file, join(place, "paper")]);
    return { text: stdout, qr: readQr(await readFile(join(place, "paper.pgm"))) };
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

/** The content of the QR code in a binary PGM picture (netpbm: `P5 width height 255`, then one byte a pixel). */
function readQr(picture: Buffer): string {
  const head = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(picture.subarray(0, 64).toString("latin1"));
  if (!head) throw new Error("no PGM picture");
  const [width, height] = [Number(head[1]), Number(head[2])];
  const gray = picture.subarray(head[0].length);
  const pixels = new Uint8ClampedArray(width * height * 4);
  for (let place = 0; place < width * height; place += 1) {
    pixels.fill(gray[place]!, place * 4, place * 4 + 3);
    pixels[place * 4 + 3] = 255;
  }
  return decoded(pixels, width, height);
}

/** The content of the QR code as a phone sees it on the screen. */
export async function readQrOnScreen(code: Locator): Promise<string> {
  const picture = (await code.screenshot()).toString("base64");
  // The browser itself turns its picture into pixels.
  const blank = await code.page().context().newPage();
  const { data, width, height } = await blank.evaluate(async (base64) => {
    const image = new Image();
    image.src = `data:image/png;base64,${base64}`;
    await image.decode();
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
    canvas.drawImage(image, 0, 0);
    const { data, width, height } = canvas.getImageData(0, 0, image.width, image.height);
    return { data: [...data], width, height };
  }, picture);
  await blank.close();
  return decoded(Uint8ClampedArray.from(data), width, height);
}

/** Dark on light only: not every phone reads the other way round. */
function decoded(pixels: Uint8ClampedArray, width: number, height: number): string {
  const found = jsQR(pixels, width, height, { inversionAttempts: "dontInvert" });
  if (!found) throw new Error("no QR code in the picture");
  return found.data;
}
