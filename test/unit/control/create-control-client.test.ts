import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import type { ControlTransport } from '#shared/control/transports/control-transport.ts';
import { createIpcTransport } from '#shared/control/transports/ipc.ts';
import { defaultSettings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { verifies } from '#test/support/verifies.ts';

const deaf: ControlTransport = {
  invoke: async () => ({ ok: true, value: {} }),
  async *open() {},
  subscribe: () => () => undefined,
  onConnectionChange: () => () => undefined,
  close: () => undefined,
};

test(
  'the window talks to the server through one client only',
  verifies(['S2-26'], { breaks: 'src/shared/control/create-control-client.ts#createControlClient' }, async () => {
    const root = path.resolve(import.meta.dirname, '..', '..', '..');
    const callers = globSync('src/renderer/**/*.{ts,tsx}', { cwd: root }).filter((file) =>
      /createControlClient\(|\bfetch\(|new (EventSource|WebSocket|XMLHttpRequest)\b/.test(
        readFileSync(path.join(root, file), 'utf8'),
      ),
    );
    expect(callers.map((file) => file.replaceAll('\\', '/'))).toEqual(['src/renderer/control/client.ts']);
    const asked: unknown[] = [];
    const client = createControlClient({
      ...deaf,
      invoke: async (name, input) => {
        asked.push([name, input]);
        return { ok: true, value: defaultSettings };
      },
    });
    expect(await client.command('settings.get', {})).toEqual(defaultSettings);
    expect(asked).toEqual([['settings.get', {}]]);
  }),
);

describe('a client that gets what the contract forbids', () => {
  test('reports and throws a wrong answer with the place in it', async () => {
    const problems: AppError[] = [];
    const transport = {
      ...deaf,
      invoke: async () => ({ ok: true as const, value: { ...defaultSettings, port: 'x' } }),
    };
    const client = createControlClient(transport, { report: (problem) => problems.push(problem) });
    await expect(client.command('settings.get', {})).rejects.toMatchObject({
      code: 'internal',
      data: { name: 'settings.get', place: 'port' },
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toMatch(/^settings\.get: what came does not fit the contract at port: /);
  });

  test('reports and throws a wrong event', async () => {
    const problems: AppError[] = [];
    const transport: ControlTransport = {
      ...deaf,
      async *open() {
        yield [];
        yield [{ time: '', level: 'loud', room: '', message: '' }];
      },
    };
    const client = createControlClient(transport, { report: (problem) => problems.push(problem) });
    const reading = (async () => {
      const seen: unknown[] = [];
      try {
        for await (const entries of client.channel('logs.tail', { backlog: 0 }, new AbortController().signal)) {
          seen.push(entries);
        }
      } catch (error) {
        return { seen, error };
      }
      return { seen };
    })();
    expect(await reading).toMatchObject({ seen: [[]], error: { code: 'internal', data: { place: '[0].level' } } });
    expect(problems).toHaveLength(1);
  });

  test('reports a wrong value of a signal and keeps listening', () => {
    const problems: AppError[] = [];
    const themes: string[] = [];
    const transport: ControlTransport = {
      ...deaf,
      subscribe(_name, listener) {
        listener(defaultSettings);
        listener({ ...defaultSettings, theme: 'pink' });
        listener({ ...defaultSettings, theme: 'dark' });
        return () => undefined;
      },
    };
    createControlClient(transport, { report: (problem) => problems.push(problem) }).signal(
      'settings.changed',
      ({ theme }) => themes.push(theme),
    );
    expect(themes).toEqual(['system', 'dark']);
    expect(problems.map(({ data }) => data?.['place'])).toEqual(['theme']);
  });
});

describe('a carrier that misbehaves', () => {
  const never = () => () => undefined;

  test('is answered with an error that names the command', async () => {
    for (const answer of [
      undefined,
      null,
      'ok',
      { ok: true, value: 1, extra: 1 },
      { ok: false },
      { ok: false, error: 'x' },
    ]) {
      const transport = createIpcTransport({ invoke: async () => answer, subscribe: never });
      expect(await transport.invoke('server.state', {})).toMatchObject({
        ok: false,
        error: { code: 'internal', message: 'server.state: what came is no message of the control contract.' },
      });
    }
  });

  test('may reject: that is an error too, never an exception', async () => {
    const transport = createIpcTransport({ invoke: () => Promise.reject(new Error('gone')), subscribe: never });
    expect(await transport.invoke('server.state', {})).toEqual({
      ok: false,
      error: { code: 'internal', message: 'gone' },
    });
  });

  test('ends a channel with an error when a message makes no sense', async () => {
    let cancelled = 0;
    const transport = createIpcTransport({
      invoke: async () => undefined,
      subscribe(_name, _payload, onMessage) {
        onMessage({ type: 'next', value: 1 });
        onMessage({ type: 'nonsense' });
        return () => (cancelled += 1);
      },
    });
    const seen: unknown[] = [];
    const reading = (async () => {
      for await (const value of transport.open('logs.tail', {}, new AbortController().signal)) seen.push(value);
    })();
    await expect(reading).rejects.toThrow(AppError);
    expect([seen, cancelled]).toEqual([[1], 1]);
  });
});
