import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { devCacheFolder } from './setup/repository.mjs';
import { obtainBrowser } from './test/find-browser.mjs';

/**
 * Writes the pictures of the documentation: `node scripts/screenshots.ts`. They show the built app at work with the
 * real model; run `npm test` or `node scripts/build.mjs` first.
 */
const root = path.resolve(import.meta.dirname, '..');
const folder = path.join(root, 'docs', 'images');
const devCache = devCacheFolder(process.env);
const model = path.join(devCache, 'models', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const secondModel = path.join(devCache, 'models', 'long-context-random.gguf');
const largestBytes = 150_000;
const windowSize = { width: 1120, height: 720 };

const home = await mkdtemp(path.join(os.tmpdir(), 'impetus-pictures-'));
const server = spawn(
  process.execPath,
  [path.join(root, 'dist/headless/impetus.js'), 'serve', '--home', home, '--model', model, '--slots', '3', '--no-open'],
  { stdio: ['ignore', 'pipe', 'inherit'] },
);
const url = await readReadyUrl(server);
const executablePath = await obtainBrowser({ root, nodePath: process.execPath, devCache, environment: process.env });
const browser = await chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: windowSize });
try {
  await mkdir(folder, { recursive: true });
  await control('models.import', { path: secondModel });
  const { url: entrance } = (await control('server.openUi', {})) as { url: string };
  await page.goto(entrance);
  await page.getByText('1 model in memory').waitFor();
  await talk(page);
  for (const theme of ['light', 'dark'] as const) await shootTheme(theme);
} finally {
  await browser.close();
  await control('server.shutdown', {});
  await new Promise((resolve) => server.once('exit', resolve));
  await rm(home, { recursive: true, force: true });
}

async function readReadyUrl(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const found = /Impetus is ready at (\S+)/.exec(text)?.[1];
    if (found !== undefined) return found;
  }
  throw new Error(`The server ended before it was ready: ${text}`);
}

async function control(name: string, input: unknown): Promise<unknown> {
  const token = (await readFile(path.join(home, 'run', 'control-token'), 'utf8')).trim();
  const response = await fetch(`${url}/control/v1/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(input),
  });
  const answer = (await response.json()) as { ok: boolean; value?: unknown; error?: { message: string } };
  if (!answer.ok) throw new Error(`${name}: ${answer.error?.message}`);
  return answer.value;
}

/** One short conversation, so that the chat has something to show. */
async function talk(view: Page): Promise<void> {
  await goTo(view, 'chat');
  await view.getByRole('button', { name: 'Parameters' }).click();
  await view.getByLabel('Temperature').fill('0');
  await view.getByLabel('Most tokens').fill('120');
  await view.getByRole('button', { name: 'Close parameters' }).click();
  for (const question of ['List three uses of a local language model.', 'Which is the first?']) {
    await view.getByLabel('Message').fill(question);
    await view.keyboard.press('Enter');
    await view.getByRole('button', { name: 'Stop' }).waitFor();
    await view.getByRole('button', { name: 'Send' }).waitFor({ timeout: 120_000 });
  }
}

async function shootTheme(theme: 'light' | 'dark'): Promise<void> {
  await control('settings.update', { theme });
  for (const name of ['chat', 'library'] as const) {
    await goTo(page, name);
    await page.waitForTimeout(1000);
    await page.evaluate('document.activeElement.blur()');
    await save(name, theme);
  }
  const ending = new AbortController();
  const clients = [runClient(ending.signal, 200), runClient(ending.signal, 200), runClient(ending.signal, 8)];
  await goTo(page, 'home');
  await page.waitForTimeout(50_000);
  await save('home', theme);
  await page.setViewportSize({ width: 360, height: 800 });
  await goTo(page, 'popover');
  await page.waitForTimeout(3000);
  await page.evaluate('document.activeElement.blur()');
  await save('popover', theme);
  await page.setViewportSize(windowSize);
  ending.abort();
  await Promise.all(clients);
}

async function goTo(view: Page, name: string): Promise<void> {
  await view.evaluate(`location.hash = '#/${name}'`);
  await view.locator(name === 'popover' ? '.panel' : '.window').waitFor();
  await view.getByRole('heading', { level: 1 }).waitFor({ state: 'attached' });
}

async function save(name: string, theme: string): Promise<void> {
  await page.mouse.move(0, 0);
  const clip = name === 'popover' ? await page.locator('.panel').boundingBox() : null;
  const picture = await page.screenshot(clip ? { clip } : {});
  if (picture.byteLength > largestBytes) throw new Error(`${name}-${theme}.png has ${picture.byteLength} bytes.`);
  await writeFile(path.join(folder, `${name}-${theme}.png`), picture);
  process.stdout.write(`docs/images/${name}-${theme}.png ${picture.byteLength} bytes\n`);
}

/** A client that asks one question after the other, as editors and chat windows do. */
async function runClient(ending: AbortSignal, maxTokens: number): Promise<void> {
  const body = JSON.stringify({ messages: [{ role: 'user', content: 'Tell a story.' }], max_tokens: maxTokens });
  while (!ending.aborted) {
    await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: ending,
    })
      .then((response) => response.text())
      .catch(() => undefined);
  }
}
