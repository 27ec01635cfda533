import { describe, expect, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import type { ConnectionState, ControlTransport } from '#shared/control/transports/control-transport.ts';
import { followServer, type ServerView } from '#main/desktop/server-view.ts';
import { runTrayAction, type TrayHands } from '#main/desktop/tray-actions.ts';
import type { TrayAction } from '#main/desktop/tray-menu.ts';
import { makeModel, readyServer } from './states.ts';

function makeServer() {
  const listeners = new Map<string, (value: unknown) => void>();
  const calls: [string, unknown][] = [];
  const broken = new Set<string>();
  let report: (state: ConnectionState) => void = () => undefined;
  const transport: ControlTransport = {
    invoke: async (name, input) => {
      calls.push([name, input]);
      if (broken.has(name)) return { ok: false, error: { code: 'model-load-failed', message: 'It does not load.' } };
      if (name === 'models.load') return { ok: true, value: makeModel('beta', { state: 'unloaded' }) };
      if (name === 'server.openUi') return { ok: true, value: { url: 'http://127.0.0.1:11535/ui?code=x' } };
      return { ok: true, value: name.startsWith('server.') ? readyServer : {} };
    },
    open: async function* () {},
    subscribe(name, listener) {
      listeners.set(name, listener);
      return () => listeners.delete(name);
    },
    onConnectionChange(listener) {
      report = listener;
      listener('connecting');
      return () => undefined;
    },
    close: () => undefined,
  };
  const say = (name: string, value: unknown) => listeners.get(name)?.(value);
  const connection = (state: ConnectionState) => report(state);
  return { client: createControlClient(transport), calls, broken, listeners, say, connection };
}

describe('what the tray knows of the server', () => {
  test('starts without an answer, follows every change, and shows nothing old as true', () => {
    const server = makeServer();
    const views: ServerView[] = [];
    const stop = followServer(server.client, (view) => views.push(view));
    expect(views).toEqual([{ server: 'connecting', models: [] }]);
    const model = makeModel('alpha', { state: 'unloaded' });
    server.say('server.changed', readyServer);
    server.say('models.changed', [model]);
    expect(views.at(-1)).toEqual({ server: readyServer, models: [model] });
    server.connection('lost');
    expect(views.at(-1)).toEqual({ server: 'lost', models: [] });
    server.connection('online');
    server.say('server.changed', { ...readyServer, phase: 'paused' });
    expect(views.at(-1)).toMatchObject({ server: { phase: 'paused' } });
    server.connection('unauthorized');
    expect(views.at(-1)).toMatchObject({ server: 'lost' });
    stop();
    expect(server.listeners.size).toBe(0);
  });
});

describe('a row of the tray menu', () => {
  function run(action: TrayAction, server = makeServer()) {
    const log: unknown[] = [];
    const hands: TrayHands = {
      copy: (text) => void log.push(['copy', text]),
      openWindow: (page) => void log.push(['window', page]),
      openLink: async (url) => void log.push(['link', url]),
      openLogs: async () => void log.push('logs'),
      detach: () => void log.push('detach'),
      quit: async () => void log.push('quit'),
    };
    return { log, server, done: runTrayAction(action, server.client, hands) };
  }

  test.each<[TrayAction, [string, unknown][]]>([
    [{ do: 'pause' }, [['server.pause', {}]]],
    [{ do: 'resume' }, [['server.resume', {}]]],
    [
      { do: 'switch', model: 'beta' },
      [
        ['models.load', { model: 'beta' }],
        ['models.setDefault', { model: 'beta' }],
      ],
    ],
    [
      { do: 'unload', models: ['a', 'b'] },
      [
        ['models.unload', { model: 'a' }],
        ['models.unload', { model: 'b' }],
      ],
    ],
  ])('%j gives the commands that window and CLI give', async (action, expected) => {
    const { done, server, log } = run(action);
    await done;
    expect([server.calls, log]).toEqual([expected, []]);
  });

  test.each<[TrayAction, unknown]>([
    [{ do: 'copy', text: 'x' }, ['copy', 'x']],
    [{ do: 'open-window', page: 'chat' }, ['window', 'chat']],
    [{ do: 'open-browser' }, ['link', 'http://127.0.0.1:11535/ui?code=x']],
    [{ do: 'open-logs' }, 'logs'],
    [{ do: 'detach' }, 'detach'],
    [{ do: 'quit' }, 'quit'],
  ])('%j is done by the shell', async (action, expected) => {
    const { done, log } = run(action);
    await done;
    expect(log).toEqual([expected]);
  });

  test('never makes a model the default that does not load', async () => {
    const server = makeServer();
    server.broken.add('models.load');
    const { done } = run({ do: 'switch', model: 'beta' }, server);
    await expect(done).rejects.toThrow('It does not load.');
    expect(server.calls).toEqual([['models.load', { model: 'beta' }]]);
  });
});
