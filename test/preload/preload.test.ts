import { readFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { channels, commands, signals } from '#shared/control/contract.ts';
import { createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { contentSecurityPolicy } from '#main/desktop/content-security-policy.ts';
import { createControlRelay, type RelayPort, type Sender } from '#main/desktop/control-relay.ts';
import { launchBrowser } from '#test/support/browser.ts';
import { buildTarget } from '#test/support/build-target.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { commandNames, subscriptionNames } from '../../src/preload/control-names.ts';

const ownPage: Sender = { isOwnWindow: true, isMainFrame: true, isOwnPage: true };

interface Bridge {
  invoke(name: string, payload: unknown): Promise<unknown>;
  subscribe(name: string, payload: unknown, listener: (message: unknown) => void): () => void;
  pathForFile(file: File): string;
  platform: string;
}
type WithBridge = Window & { impetus: Bridge; messages: unknown[]; end: () => void };

test('the preload script knows exactly the names of the contract', () => {
  expect(Object.keys(commandNames).sort()).toEqual(Object.keys(commands).sort());
  expect(Object.keys(subscriptionNames).sort()).toEqual([...Object.keys(channels), ...Object.keys(signals)].sort());
});

describe('the built preload script in Chromium, under the strict policy', () => {
  let browser: Browser;
  let page: Page;
  let server: http.Server;
  const app = new FakeControlApp();
  const seen: unknown[] = [];

  beforeAll(async () => {
    const router = createControlRouter({
      handlers: createControlHandlers(app),
      logger: pino({ level: 'silent' }),
      signalIntervalMs: 20,
    });
    server = http.createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/html', 'content-security-policy': contentSecurityPolicy });
      response.end('<!doctype html><title>page</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    browser = await launchBrowser();
    page = await browser.newPage();
    await joinPage(page, createControlRelay(router), seen);
    await page.addInitScript(await readPreload());
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  });
  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test('is one CommonJS file that needs nothing but Electron', async () => {
    const code = await buildPreload();
    expect([...code.matchAll(/require\(["'](.+?)["']\)/g)].map(([, name]) => name)).toEqual(['electron']);
    expect(code.length).toBeLessThan(10_000);
  });

  test('exposes three functions and a word, which the page cannot change', async () => {
    const bridge = await page.evaluate(() => {
      const { impetus } = window as unknown as WithBridge;
      return Object.entries(impetus).map(([name, value]) => [name, typeof value === 'string' ? value : typeof value]);
    });
    expect(bridge).toEqual([
      ['invoke', 'function'],
      ['subscribe', 'function'],
      ['pathForFile', 'function'],
      ['platform', 'linux'],
    ]);
  });

  test('carries commands and their typed errors', async () => {
    const [state, missing] = await page.evaluate(() => {
      const { impetus } = window as unknown as WithBridge;
      return Promise.all([impetus.invoke('server.state', {}), impetus.invoke('models.load', { model: 'gamma' })]);
    });
    expect(state).toMatchObject({ ok: true, value: { phase: 'ready', port: 11535 } });
    expect(missing).toMatchObject({
      ok: false,
      error: { code: 'model-not-found', data: { nearest: ['alpha', 'beta'] } },
    });
  });

  test.each(['models.steal', 'toString', '__proto__', 'constructor', 'server.changed', ''])(
    'stops the unknown command %j before it leaves the page',
    async (name) => {
      const before = seen.length;
      const answer = await page.evaluate((given) => (window as unknown as WithBridge).impetus.invoke(given, {}), name);
      expect(answer).toMatchObject({ ok: false, error: { code: 'not-found' } });
      expect(seen.length).toBe(before);
    },
  );

  test.each(['server.state', 'everything', 'hasOwnProperty'])('stops a subscription to %j', async (name) => {
    const before = seen.length;
    const message = await page.evaluate(
      (given) => new Promise((resolve) => (window as unknown as WithBridge).impetus.subscribe(given, {}, resolve)),
      name,
    );
    expect(message).toMatchObject({ type: 'error', error: { code: 'not-found' } });
    expect(seen.length).toBe(before);
  });

  test('brings the present value of a signal, every change, and nothing after the page let go', async () => {
    await page.evaluate(() => {
      const holder = window as unknown as WithBridge;
      holder.messages = [];
      holder.end = holder.impetus.subscribe('server.changed', {}, (message) => holder.messages.push(message));
    });
    const phases = () =>
      page.evaluate(() =>
        (window as unknown as WithBridge).messages.map(
          (message) => (message as { value: { phase: string } }).value.phase,
        ),
      );
    await vi.waitFor(async () => expect(await phases()).toEqual(['ready']));
    app.setPhase('busy');
    await vi.waitFor(async () => expect(await phases()).toEqual(['ready', 'busy']));
    const listening = app.changed.listenerCount;
    await page.evaluate(() => (window as unknown as WithBridge).end());
    await vi.waitFor(() => expect(app.changed.listenerCount).toBeLessThan(listening));
    app.setPhase('ready');
    expect(await phases()).toEqual(['ready', 'busy']);
  });

  test('streams a channel, and cancels the work behind it when the page lets go', async () => {
    const request = (content: string) => ({
      prompt: { type: 'chat', messages: [{ role: 'user', content }] },
      sampling: {},
      stops: [],
    });
    const text = await page.evaluate(
      (asked) =>
        new Promise<string>((resolve) => {
          let answer = '';
          (window as unknown as WithBridge).impetus.subscribe('inference.chat', asked, (message) => {
            const { type, value } = message as { type: string; value?: { type: string; text?: string } };
            if (value?.type === 'text-delta') answer += value.text ?? '';
            if (type === 'end') resolve(answer);
          });
        }),
      request('one two three'),
    );
    expect(text).toBe('one two three');
    const cancelled = app.cancelledGenerations;
    await page.evaluate(
      (asked) =>
        new Promise<void>((resolve) => {
          const { impetus } = window as unknown as WithBridge;
          const end = impetus.subscribe('inference.chat', asked, (message) => {
            if ((message as { value?: { type: string } }).value?.type !== 'text-delta') return;
            end();
            resolve();
          });
        }),
      request('wait'),
    );
    await vi.waitFor(() => expect(app.cancelledGenerations).toBe(cancelled + 1));
  });

  test('tells the path of a file on disk, and nothing for one that is not', async () => {
    const paths = await page.evaluate(() => {
      const { impetus } = window as unknown as WithBridge;
      return [impetus.pathForFile(new File(['GGUF'], 'a.gguf')), impetus.pathForFile(new File([], 'memory'))];
    });
    expect(paths).toEqual(['/disk/a.gguf', '']);
  });
});

async function buildPreload(): Promise<string> {
  const folder = path.resolve(import.meta.dirname, '../../.cache/preload-build', String(process.pid));
  await buildTarget('preload', folder);
  return readFile(path.join(folder, 'preload.cjs'), 'utf8');
}

/** The stand-in, then the preload script as Electron runs it: a function with `require` and a little of `process`. */
async function readPreload(): Promise<string> {
  const standIn = await readFile(path.join(import.meta.dirname, 'electron-stand-in.js'), 'utf8');
  const run = `((require, process, MessageChannel) => {${await buildPreload()}\n})`;
  return `${standIn}\n{ const electron = makeElectronStandIn();\n${run}(() => electron, { platform: 'linux' }, TellingChannel); }`;
}

/** The main process' half: the real relay behind the two functions that the stand-in calls. */
async function joinPage(page: Page, relay: ReturnType<typeof createControlRelay>, seen: unknown[]): Promise<void> {
  const closers = new Map<number, () => void>();
  await page.exposeFunction('invokeMain', async ([channel, name, payload]: [string, unknown, unknown]) => {
    seen.push([channel, name]);
    return relay.invoke(ownPage, name, payload);
  });
  await page.exposeFunction('subscribeMain', ([channel, id, request]: [string, number, unknown]) => {
    if (channel === 'close') return closers.get(id)?.();
    seen.push([channel, request]);
    const listeners: (() => void)[] = [];
    closers.set(id, () => listeners.forEach((listener) => listener()));
    const port: RelayPort = {
      postMessage: (message) =>
        void page.evaluate(
          ([to, given]) =>
            (window as unknown as { deliverToPort(id: number, message: unknown): void }).deliverToPort(to, given),
          [id, message] as [number, unknown],
        ),
      on: (_event, listener) => listeners.push(listener),
      start: () => undefined,
      close: () => void page.evaluate((to) => (window as unknown as { closePort(id: number): void }).closePort(to), id),
    };
    relay.subscribe(ownPage, port, request);
  });
}
