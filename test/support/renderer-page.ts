import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { StreamMessage } from '#shared/control/transports/control-transport.ts';
import type { FakeControl } from './fake-control.ts';

const folder = path.resolve(import.meta.dirname, '../../dist/renderer');

/** What the desktop and the server send with the pages; nothing inline, nothing foreign, no code from text. */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface RendererServer {
  url: string;
  close(): Promise<void>;
}

/** The built interface on loopback with the strict policy. Throws when it was not built. */
export async function serveRenderer(): Promise<RendererServer> {
  if (!existsSync(path.join(folder, 'index.html'))) {
    throw new Error('dist/renderer is missing. Run `node scripts/build.mjs --target renderer` first.');
  }
  const server = http.createServer((request, response) => {
    const name = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = path.join(folder, name === '/' ? 'index.html' : path.normalize(name));
    readFile(file).then(
      (content) => {
        const type = types[path.extname(file)] ?? 'application/octet-stream';
        response.writeHead(200, { 'content-type': type, 'content-security-policy': contentSecurityPolicy });
        response.end(content);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export interface RendererPageOptions {
  browser: Browser;
  url: string;
  control: FakeControl;
  /** Hash route: `home`, `popover`, `chat?model=x`. */
  route: string;
  context?: BrowserContextOptions;
}

export interface RendererPage {
  page: Page;
  /** Policy violations, page errors and console errors so far; a good run has none. */
  problems: string[];
}

/**
 * Opens the built interface as a window of the desktop: `window.impetus` is there, and behind it the fake. The client
 * and the IPC transport are the real ones.
 */
export async function openRendererPage(options: RendererPageOptions): Promise<RendererPage> {
  const context = await options.browser.newContext({ viewport: { width: 1120, height: 720 }, ...options.context });
  const page = await context.newPage();
  const problems = watchProblems(page);
  await connectFake(page, options.control);
  await page.goto(`${options.url}#/${options.route}`);
  return { page, problems };
}

/** Collects everything that must not happen on a page. */
export function watchProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  return problems;
}

async function connectFake(page: Page, control: FakeControl): Promise<void> {
  const subscriptions = new Map<number, () => void>();
  await page.exposeFunction('fakeInvoke', (name: string, payload: unknown) => control.invoke(name, payload));
  await page.exposeFunction('fakeSubscribe', (id: number, name: string, payload: unknown) => {
    const push = (message: StreamMessage): void => {
      const call = `window.fakePush(${id}, ${JSON.stringify(message)})`;
      page.evaluate(call).catch(() => subscriptions.get(id)?.());
    };
    subscriptions.set(id, control.subscribe(name, payload, push));
  });
  await page.exposeFunction('fakeUnsubscribe', (id: number) => subscriptions.get(id)?.());
  await page.addInitScript({ content: bridgeScript });
}

/** Runs in the page before its own scripts: the bridge of the preload script, with the fake behind it. */
const bridgeScript = `
  const listeners = new Map();
  let next = 0;
  window.fakePush = (id, message) => listeners.get(id)?.(message);
  window.impetus = {
    platform: 'linux',
    invoke: (name, payload) => window.fakeInvoke(name, payload),
    subscribe(name, payload, listener) {
      const id = ++next;
      listeners.set(id, listener);
      window.fakeSubscribe(id, name, payload);
      return () => {
        listeners.delete(id);
        window.fakeUnsubscribe(id);
      };
    },
    pathForFile: (file) => (file.name.startsWith('from-web') ? '' : '/drop/' + file.name),
  };
`;
