/**
 * `node scripts/make-icons.ts`: draws the tray glyphs and the app icon into `resources/`, from the paths below, with an
 * installed Chromium. Run it after changing a path and commit what it writes.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';

/** On a 16 px grid; the slanted bar is the push, the disc what is pushed. The interface draws the same shapes. */
const bar = '<path d="M3.2 13.4 6.4 2.6" stroke-width="2.2"/>';
const glyphs = {
  starting: `${bar}<circle cx="11" cy="9" r="3.4" stroke-width="1.7" stroke-dasharray="2.2 2.1"/>`,
  ready: `${bar}<circle cx="11" cy="9" r="3.4" stroke-width="1.7"/>`,
  busy: `${bar}<circle cx="11" cy="9" r="4.2" fill="currentColor" stroke="none"/>`,
  paused: `${bar}<path d="M8.6 13.4 11.8 2.6" stroke-width="2.2"/>`,
  problem: `${bar}<path d="M11 3.6v5" stroke-width="2.2"/><circle cx="11" cy="12.4" r="1.3" fill="currentColor" stroke="none"/>`,
};

const black = '#000000';
const onLight = '#13191c';
const onDark = '#e8eced';
/** Reads on light and dark panels alike, which Linux does not tell apart. */
const onAny = '#7a868c';
const petrol = '#00677d';

const resources = path.resolve(import.meta.dirname, '..', 'resources');

interface Drawing {
  markup: string;
  color: string;
  /** Edge of the square, in pixels. */
  size: number;
  /** Filled square behind the glyph, rounded by a fifth. */
  ground?: string;
}

async function main(): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env['IMPETUS_BROWSER'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  try {
    const page = await browser.newPage();
    for (const [name, markup] of Object.entries(glyphs)) await drawGlyph(page, name, markup);
    await drawAppIcon(page);
  } finally {
    await browser.close();
  }
}

async function drawGlyph(page: Page, name: string, markup: string): Promise<void> {
  await write(`tray/${name}Template.png`, await draw(page, { markup, color: black, size: 18 }));
  await write(`tray/${name}Template@2x.png`, await draw(page, { markup, color: black, size: 36 }));
  await write(`tray/${name}.png`, await draw(page, { markup, color: onAny, size: 22 }));
  await write(`tray/${name}@2x.png`, await draw(page, { markup, color: onAny, size: 44 }));
  for (const [theme, color] of [
    ['light', onLight],
    ['dark', onDark],
  ] as const) {
    const sizes = await drawAll(page, { markup, color }, [16, 20, 24, 32]);
    await write(`tray/${name}-${theme}.ico`, toIco(sizes));
  }
}

async function drawAppIcon(page: Page): Promise<void> {
  const icon = { markup: glyphs.busy, color: '#ffffff', ground: petrol };
  await write('icons/icon.png', await draw(page, { ...icon, size: 512 }));
  await write('icons/icon.ico', toIco(await drawAll(page, icon, [16, 24, 32, 48, 64, 256])));
}

async function drawAll(page: Page, drawing: Omit<Drawing, 'size'>, sizes: number[]) {
  const images: { size: number; png: Buffer }[] = [];
  for (const size of sizes) images.push({ size, png: await draw(page, { ...drawing, size }) });
  return images;
}

async function draw(page: Page, { markup, color, size, ground }: Drawing): Promise<Buffer> {
  const back = ground === undefined ? '' : `<rect width="16" height="16" rx="3.2" fill="${ground}" stroke="none"/>`;
  const inset = ground === undefined ? '' : ' transform="translate(8 8) scale(0.66) translate(-8.6 -8)"';
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 16 16" fill="none"
    color="${color}" stroke="currentColor" stroke-linecap="round" stroke-linejoin="round">${back}<g${inset}>${markup}</g></svg>`;
  await page.setViewportSize({ width: size, height: size });
  await page.setContent(`<style>*{margin:0}svg{display:block}</style>${svg}`);
  return page.screenshot({ omitBackground: true, type: 'png' });
}

/** An `.ico` of PNG images, which Windows reads since Vista. */
function toIco(images: readonly { size: number; png: Buffer }[]): Buffer {
  const head = Buffer.alloc(6 + 16 * images.length);
  head.writeUInt16LE(1, 2);
  head.writeUInt16LE(images.length, 4);
  let offset = head.length;
  for (const [index, { size, png }] of images.entries()) {
    const entry = 6 + 16 * index;
    head.writeUInt8(size % 256, entry);
    head.writeUInt8(size % 256, entry + 1);
    head.writeUInt16LE(1, entry + 4);
    head.writeUInt16LE(32, entry + 6);
    head.writeUInt32LE(png.length, entry + 8);
    head.writeUInt32LE(offset, entry + 12);
    offset += png.length;
  }
  return Buffer.concat([head, ...images.map(({ png }) => png)]);
}

async function write(name: string, content: Buffer): Promise<void> {
  const file = path.join(resources, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
}

await main();
