import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { commands } from '#shared/control/contract.ts';
import { toEnvironment, type LaunchedShell } from '#scripts/test-rig/launch-shell.ts';
import { rigUser } from '#scripts/test-rig/private-session.ts';
import { verifies } from '#test/support/verifies.ts';
import { testToken } from '#test/support/start-control-server.ts';
import { firstPage, runtime, startRig, type Rig } from './start-rig.ts';

const soon = { timeout: 15_000, interval: 50 };

interface Bridge {
  invoke(name: string, payload: unknown): Promise<{ ok: boolean; error?: { code: string; message: string } }>;
  subscribe(name: string, payload: unknown, listener: (message: unknown) => void): () => void;
  pathForFile(file: File): string;
  platform: string;
}
declare global {
  interface Window {
    refused: { effectiveDirective: string; blockedURI: string }[];
    evaluateText(): void;
  }
}

describe.skipIf(runtime === undefined)('the window', () => {
  let rig: Rig;
  let shell: LaunchedShell;
  let page: Page;
  let outside: { server: Server; url: string; hits: string[] };

  beforeAll(async () => {
    rig = await startRig();
    outside = await startOutsideServer();
    shell = await rig.launch();
    page = await firstPage(shell);
    await vi.waitUntil(async () => (await page.textContent('#phase')) === 'ready', soon);
  });
  afterAll(async () => {
    await rig.stop();
    outside.server.close();
  });

  test('gives the page the bridge and nothing of Node or Electron', async () => {
    const seen = await page.evaluate(() => ({
      require: typeof (globalThis as Record<string, unknown>)['require'],
      process: typeof (globalThis as Record<string, unknown>)['process'],
      module: typeof (globalThis as Record<string, unknown>)['module'],
      electron: typeof (globalThis as Record<string, unknown>)['electron'],
      bridge: Object.entries((window as unknown as { impetus: object }).impetus).map(([name, value]) => [
        name,
        typeof value,
      ]),
      origin: location.protocol + '//' + location.host,
    }));
    expect(seen).toEqual({
      require: 'undefined',
      process: 'undefined',
      module: 'undefined',
      electron: 'undefined',
      bridge: [
        ['invoke', 'function'],
        ['subscribe', 'function'],
        ['pathForFile', 'function'],
        ['platform', 'string'],
      ],
      origin: 'impetus-app://ui',
    });
  });

  test('runs the page in the sandbox of the operating system, without root', async () => {
    const pid = await shell.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
    );
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    expect(status).toMatch(/^Seccomp:\t2$/m);
    expect(await readlink(`/proc/${pid}/ns/pid`)).not.toBe(await readlink(`/proc/${shell.main.pid}/ns/pid`));
    if (rigUser.uid !== undefined) expect(status).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m);
  });

  test('serves every page with the content security policy', async () => {
    const headers = await page.evaluate(async () => {
      const answer = await fetch('/index.html');
      return Object.fromEntries(answer.headers.entries());
    });
    expect(headers).toMatchObject({
      'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; " +
        "require-trusted-types-for 'script'",
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    });
  });

  test('serves nothing outside the folder of the interface', async () => {
    const statuses = await page.evaluate(async () => {
      const paths = ['/../package.json', '/%2e%2e/%2e%2e/package.json', '/..%2f..%2fpackage.json', '/nothing.js'];
      return Promise.all(paths.map(async (path) => (await fetch(path)).status));
    });
    expect(statuses).toEqual([404, 404, 404, 404]);
  });

  test('runs no inline script, no handler, no frame, and loads nothing from elsewhere', async () => {
    const before = outside.hits.length;
    const ran = await page.evaluate(async (url) => {
      window.refused.length = 0;
      const attempts: (() => unknown)[] = [
        () => document.body.append(Object.assign(document.createElement('img'), { src: `${url}/pixel.png` })),
        () => document.body.append(Object.assign(document.createElement('iframe'), { src: `${url}/frame` })),
        () => document.body.append(Object.assign(document.createElement('object'), { data: `${url}/object` })),
        () =>
          document.body.append(
            Object.assign(document.createElement('link'), { rel: 'stylesheet', href: `${url}/x.css` }),
          ),
        () => fetch(`${url}/fetch`).catch(() => undefined),
        () => new WebSocket(url.replace('http', 'ws')),
        () => (document.body.innerHTML += '<img src="x" onerror="window.hacked = 1"><svg onload="window.hacked = 1">'),
        () => document.body.setAttribute('onclick', 'window.hacked = 1'),
        () => window.evaluateText(),
        () => Object.assign(document.createElement('a'), { href: 'javascript:window.hacked = 1' }).click(),
      ];
      for (const attempt of attempts) {
        try {
          await attempt();
        } catch {
          // A refusal at once is as good as one that is reported.
        }
      }
      document.body.click();
      await new Promise((resolve) => setTimeout(resolve, 300));
      return {
        hacked: 'hacked' in window,
        directives: [...new Set(window.refused.map(({ effectiveDirective }) => effectiveDirective))].sort(),
      };
    }, outside.url);
    expect(ran.hacked).toBe(false);
    expect(ran.directives).toEqual(
      expect.arrayContaining(['connect-src', 'frame-src', 'img-src', 'require-trusted-types-for', 'style-src-elem']),
    );
    expect(outside.hits.length).toBe(before);
  });

  test('cannot leave its origin or open another window', async () => {
    await shell.app.evaluate(({ shell: electronShell, dialog }) => {
      const log: string[] = [];
      Object.assign(globalThis, { opened: log });
      electronShell.openExternal = async (url) => void log.push(url);
      dialog.showMessageBox = async () => ({ response: 1, checkboxChecked: false });
    });
    const before = outside.hits.length;
    await page.evaluate((url) => {
      window.open(url);
      window.open('file:///etc/passwd');
      location.href = url;
      const form = Object.assign(document.createElement('form'), { action: url, method: 'post' });
      const link = Object.assign(document.createElement('a'), { href: `${url}/link`, target: '_blank' });
      const refresh = Object.assign(document.createElement('meta'), { httpEquiv: 'refresh', content: `0;url=${url}` });
      document.body.append(form, link);
      document.head.append(refresh);
      link.click();
      form.submit();
    }, outside.url);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(page.url()).toBe('impetus-app://ui/index.html#/');
    expect(shell.app.windows()).toHaveLength(1);
    expect(outside.hits.length).toBe(before);
    expect(await shell.app.evaluate(() => (globalThis as unknown as { opened: string[] }).opened)).toEqual([]);
  });

  test('hands https and mailto alone to the browser, after asking, through one door', async () => {
    await shell.app.evaluate(({ shell: electronShell, dialog }) => {
      const log = { opened: [] as string[], asked: [] as (string | undefined)[] };
      Object.assign(globalThis, log);
      electronShell.openExternal = async (url) => void log.opened.push(url);
      dialog.showMessageBox = async (...given: unknown[]) => {
        log.asked.push((given.at(-1) as { detail?: string }).detail);
        return { response: 0, checkboxChecked: false };
      };
    });
    const links = [
      'ms-msdt:/id',
      'smb://host/share',
      'file:///etc/passwd',
      'calculator:',
      'vscode://open',
      '\\\\host\\share',
      ' https://space.example',
      'ht\ttps://tab.example',
      'HTTP://PLAIN.example',
      'https://user:secret@login.example',
      'javascript:alert(1)',
      'data:text/html,x',
      'https://known.example/page',
      'mailto:someone@known.example',
    ];
    for (const link of links) {
      await page.evaluate((url) => {
        const anchor = document.createElement('a');
        anchor.setAttribute('href', url);
        anchor.target = '_blank';
        document.body.append(anchor);
        anchor.click();
        anchor.remove();
      }, link);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    const { opened, asked } = await shell.app.evaluate(() => {
      const { opened: a, asked: b } = globalThis as unknown as { opened: string[]; asked: string[] };
      return { opened: a, asked: b };
    });
    // Chromium trims the space and the tab before the shell sees the address: what is asked about is what would open.
    expect(opened).toEqual([
      'https://space.example/',
      'https://tab.example/',
      'https://known.example/page',
      'mailto:someone@known.example',
    ]);
    expect(asked).toEqual(opened);
    expect(page.url()).toBe('impetus-app://ui/index.html#/');
  });

  test('is granted no permission', async () => {
    const answers = await page.evaluate(async () => {
      const names = ['geolocation', 'notifications', 'camera', 'microphone', 'clipboard-read', 'midi'] as const;
      const states = await Promise.all(
        names.map(async (name) => (await navigator.permissions.query({ name: name as PermissionName })).state),
      );
      const asked = await Notification.requestPermission();
      const media = await navigator.mediaDevices.getUserMedia({ audio: true }).catch((error: Error) => error.name);
      return { states, asked, media };
    });
    expect(answers.states).toEqual(['denied', 'denied', 'denied', 'denied', 'denied', 'denied']);
    expect(answers.asked).toBe('denied');
    expect(['NotAllowedError', 'NotFoundError']).toContain(answers.media);
  });

  test('lets the copy buttons write to the clipboard', async () => {
    // Writing itself asks for the focus, which no window gets without a window manager.
    const state = await page.evaluate(async () => {
      const name = 'clipboard-write' as PermissionName;
      return (await navigator.permissions.query({ name })).state;
    });
    expect(state).toBe('granted');
  });

  test(
    'checks every control call: its shape, its size, and the page that makes it',
    verifies(['SEC-42'], { breaks: 'src/main/desktop/control-relay.ts#createControlRelay' }, async () => {
      const names = Object.keys(commands);
      const codes = await page.evaluate(
        async (all) => {
          const { impetus } = window as unknown as { impetus: Bridge };
          const wrong: unknown[] = ['text', 7, null, [1], { surprise: true }];
          const answers = all.flatMap((name) => wrong.map((payload) => impetus.invoke(name, payload)));
          return [...new Set((await Promise.all(answers)).map((answer) => answer.error?.code))];
        },
        names.filter((name) => name !== 'settings.update'),
      );
      expect(codes).toEqual(['invalid-request']);
      const special = await page.evaluate(async () => {
        const { impetus } = window as unknown as { impetus: Bridge };
        const huge = await impetus.invoke('settings.update', { defaultModel: 'x'.repeat(100 * 1024 * 1024) });
        const wrong = await impetus.invoke('settings.update', { port: 'eleven' });
        const unknown = await impetus.invoke('models.steal', {});
        const channel = await new Promise((resolve) => impetus.subscribe('inference.chat', { model: 7 }, resolve));
        return { codes: [huge, wrong, unknown].map((answer) => answer.error?.code), channel };
      });
      expect(special.codes).toEqual(['body-too-large', 'invalid-request', 'not-found']);
      expect(special.channel).toMatchObject({ type: 'error', error: { code: 'invalid-request' } });

      // The same preload script in a window that is not ours, on a page that is not ours, and in a frame.
      const foreign = await shell.app.evaluate(
        async ({ BrowserWindow }, { url, preload }) => {
          const ask = "window.impetus ? window.impetus.invoke('server.state', {}) : 'no bridge'";
          const stranger = new BrowserWindow({ show: false, webPreferences: { preload, sandbox: true } });
          await stranger.loadURL('impetus-app://ui/index.html');
          const notOurWindow: unknown = await stranger.webContents.executeJavaScript(ask);
          await stranger.loadURL('data:text/html,<p>elsewhere</p>').catch(() => undefined);
          const notOurPage: unknown = await stranger.webContents.executeJavaScript(ask);
          stranger.destroy();
          return { url, answers: [notOurWindow, notOurPage] as { error?: { code: string } }[] };
        },
        { url: outside.url, preload: await preloadPath(rig) },
      );
      expect(foreign.answers.map((answer) => answer.error?.code)).toEqual(['forbidden-origin', 'forbidden-origin']);
      const framed = await page.evaluate(async () => {
        const frame = document.createElement('iframe');
        document.body.append(frame);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return typeof (frame.contentWindow as unknown as { impetus?: unknown }).impetus;
      });
      expect(framed).toBe('undefined');
    }),
  );

  test('streams a channel to the page, and cancels its work when the page lets go or reloads', async () => {
    const ask = (content: string) => ({
      prompt: { type: 'chat', messages: [{ role: 'user', content }] },
      sampling: {},
      stops: [],
    });
    const text = await page.evaluate(
      (request) =>
        new Promise<string>((resolve, reject) => {
          let answer = '';
          (window as unknown as { impetus: Bridge }).impetus.subscribe('inference.chat', request, (message) => {
            const { type, value, error } = message as {
              type: string;
              value?: { type: string; text?: string };
              error?: { message: string };
            };
            if (value?.type === 'text-delta') answer += value.text ?? '';
            if (type === 'end') resolve(answer);
            if (type === 'error') reject(new Error(error?.message));
          });
        }),
      ask('one two three'),
    );
    expect(text).toBe('one two three');

    const cancelled = rig.server.cancelledGenerations;
    const startWaiting = () =>
      page.evaluate(
        (request) =>
          new Promise<void>((resolve) => {
            const { impetus } = window as unknown as { impetus: Bridge };
            const end = impetus.subscribe('inference.chat', request, (message) => {
              if ((message as { value?: { type: string } }).value?.type === 'text-delta') resolve();
            });
            Object.assign(window, { end });
          }),
        ask('wait'),
      );
    await startWaiting();
    await page.evaluate(() => (window as unknown as { end: () => void }).end());
    await vi.waitUntil(() => rig.server.cancelledGenerations === cancelled + 1, soon);
    await startWaiting();
    await page.reload();
    await vi.waitUntil(() => rig.server.cancelledGenerations === cancelled + 2, soon);
  });

  test('answers what only the shell can do itself', async () => {
    await page.evaluate(() =>
      (window as unknown as { impetus: Bridge }).impetus.invoke('shell.openWindow', { page: 'chat' }),
    );
    await expect.poll(() => page.url()).toBe('impetus-app://ui/index.html#/chat');
    const bad = await page.evaluate(() =>
      (window as unknown as { impetus: Bridge }).impetus.invoke('shell.openWindow', { page: '../../x' }),
    );
    expect(bad).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  test('loads again when its process dies, while the server goes on', async () => {
    const pid = await shell.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getOSProcessId(),
    );
    if (pid === undefined) throw new Error('There is no window.');
    process.kill(pid, 'SIGKILL');
    // Playwright loses a page whose process died, so Electron itself is asked.
    const look = () =>
      shell.app.evaluate(async ({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        if (!contents || contents.isCrashed() || contents.isLoading()) return 'not there';
        // A script given to a page that is about to go never answers.
        const late = new Promise((resolve) => setTimeout(() => resolve('no answer'), 500));
        const phase = contents.executeJavaScript("document.querySelector('#phase').textContent") as Promise<unknown>;
        return Promise.race([phase, late]);
      });
    await expect.poll(look, { timeout: 10_000, interval: 100 }).toBe('ready');
    const answer = await fetch(`${rig.baseUrl}/control/v1/server.state`, {
      method: 'POST',
      headers: { authorization: `Bearer ${testToken}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await answer.json()).toMatchObject({ ok: true, value: { phase: 'ready' } });
  });
});

describe.skipIf(runtime === undefined)('a second start', () => {
  test('shows the window of the first and ends by itself', async () => {
    const rig = await startRig();
    try {
      const home = await rig.electron.makeFolder('home');
      const shell = await rig.launch({ home, arguments_: ['--no-open'] });
      await vi.waitUntil(() => rig.desktop.iconCount > 0, soon);
      expect(shell.app.windows()).toHaveLength(0);
      const options = { electron: rig.electron, session: rig.session, attachTo: rig.baseUrl, token: testToken, home };
      await promisify(execFile)(rig.electron.launcher, [], { env: toEnvironment(options), timeout: 30_000 });
      const page = await firstPage(shell);
      expect(page.url()).toBe('impetus-app://ui/index.html#/');
      const visible = () =>
        shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().map((window) => window.isVisible()));
      await expect.poll(visible, soon).toEqual([true]);
    } finally {
      await rig.stop();
    }
  });
});

describe.skipIf(runtime === undefined)('closing the window', () => {
  test('before its page is drawn leaves it closed', async () => {
    const rig = await startRig();
    try {
      const shell = await rig.launch({ windowState: { toldAboutClosing: true } });
      await firstPage(shell);
      await shell.app.evaluate(({ app, BrowserWindow }) => {
        app.once('browser-window-created', (_event, made) => {
          setImmediate(() => made.close());
          made.once('ready-to-show', () => setImmediate(() => Object.assign(globalThis, { drawn: made.isVisible() })));
        });
        for (const window of BrowserWindow.getAllWindows()) window.destroy();
      });
      await rig.desktop.activate();
      const wasShown = () => shell.app.evaluate(() => (globalThis as unknown as { drawn?: boolean }).drawn);
      await expect.poll(wasShown, soon).toBe(false);
    } finally {
      await rig.stop();
    }
  });

  test('hides it, says once that Impetus goes on, and remembers where it was', async () => {
    const rig = await startRig();
    try {
      const shell = await rig.launch({ windowState: {} });
      await firstPage(shell);
      await shell.app.evaluate(({ dialog, BrowserWindow }) => {
        const told: string[] = [];
        Object.assign(globalThis, { told });
        dialog.showMessageBox = async (...given: unknown[]) => {
          told.push((given.at(-1) as { message: string }).message);
          return { response: 0, checkboxChecked: false };
        };
        BrowserWindow.getAllWindows()[0]?.setBounds({ x: 40, y: 60, width: 900, height: 600 });
      });
      for (let round = 0; round < 2; round += 1) {
        await shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
        await expect
          .poll(() => shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()), soon)
          .toBe(false);
        await rig.desktop.activate();
        await expect
          .poll(() => shell.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible()), soon)
          .toBe(true);
      }
      const told = () => shell.app.evaluate(() => (globalThis as unknown as { told: string[] }).told);
      await expect.poll(told, soon).toEqual(['Impetus keeps running in the menu bar.']);
      const userData = await shell.app.evaluate(({ app }) => app.getPath('userData'));
      expect(JSON.parse(await readFile(`${userData}/window-state.json`, 'utf8'))).toMatchObject({
        bounds: { width: 900, height: 600 },
        toldAboutClosing: true,
      });
    } finally {
      await rig.stop();
    }
  });
});

/** A web server that nobody of ours should ever reach; it remembers who did. */
async function startOutsideServer(): Promise<{ server: Server; url: string; hits: string[] }> {
  const hits: string[] = [];
  const server = createServer((request, response) => {
    hits.push(request.url ?? '');
    response.end('outside');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hits };
}

async function preloadPath(rig: Rig): Promise<string> {
  return `${rig.electron.executable.replace(/electron$/, '')}resources/app/dist/preload/preload.cjs`;
}
