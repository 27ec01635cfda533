import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ControlClient } from '#shared/control/client.ts';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import { createControlHandlers, createControlRouter, type ControlHandlers } from '#main/api/control/index.ts';
import { eventually } from '#test/support/eventually.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';

/** Short, so that tests are quick. */
const signalIntervalMs = 50;

export interface OpenTransport {
  client: ControlClient;
  close: () => Promise<void>;
}

/** Every transport of the control contract behaves the same: this suite is run over each of them. */
export function describeControlTransport(
  name: string,
  openTransport: (router: ControlEndpoint) => Promise<OpenTransport>,
): void {
  const open = async (change: (handlers: ControlHandlers) => ControlHandlers = (handlers) => handlers) => {
    const app = new FakeControlApp();
    const { logger, lines } = createRecordedLogger();
    const handlers = change(createControlHandlers(app));
    const router = createControlRouter({ handlers, logger, signalIntervalMs });
    const { client, close } = await openTransport(router);
    onTestFinished(async () => {
      client.close();
      await close();
    });
    return { app, client, lines };
  };

  describe(`control contract over ${name}: commands`, () => {
    test('answer with what the handler gives', async () => {
      const { client } = await open();
      const models = await client.command('models.list', {});
      expect(models.map(({ id, isDefault, status }) => [id, isDefault, status.state])).toEqual([
        ['alpha', true, 'unloaded'],
        ['beta', false, 'unloaded'],
      ]);
      expect((await client.command('settings.update', { theme: 'dark' })).theme).toBe('dark');
      expect((await client.command('settings.get', {})).theme).toBe('dark');
    });

    test('carry text of any script and size unchanged', async () => {
      const { client } = await open();
      const text = 'żółć 語 👩‍👩‍👧 \u0000 "\\" \n data: x\r\n\r\n'.repeat(2000);
      const settings = await client.command('settings.update', { allowedHosts: [text] });
      expect(settings.allowedHosts).toEqual([text]);
    });

    test('fail with the code, message, hint and data of the handler', async () => {
      const { client } = await open();
      expect(await failure(client.command('models.load', { model: 'gamma' }))).toEqual({
        code: 'model-not-found',
        message: 'There is no model "gamma".',
        hint: 'The nearest names are alpha and beta.',
        data: { nearest: ['alpha', 'beta'] },
      });
    });

    test('name the parameter of an input that does not fit, before any handler runs', async () => {
      const load = vi.fn();
      const { client } = await open((handlers) => replaceCommand(handlers, 'models.load', load));
      const error = await failure(
        client.command('models.load', { model: 'alpha', options: { slots: 'four' as never } }),
      );
      expect(error).toMatchObject({
        code: 'invalid-request',
        data: { name: 'models.load', param: 'options.slots' },
      });
      expect(load).not.toHaveBeenCalled();
    });

    test('refuse unknown keys instead of dropping them', async () => {
      const { client } = await open();
      const error = await failure(client.command('settings.update', { thema: 'dark' } as never));
      expect(error).toMatchObject({ code: 'invalid-request' });
      expect(error.message).toContain('thema');
    });

    test('refuse a name that the contract does not know, also one of every object', async () => {
      const { client } = await open();
      for (const unknown of ['models.steal', 'toString', '__proto__', 'server.changed']) {
        expect(await failure(client.command(unknown as never, {} as never))).toMatchObject({ code: 'not-found' });
      }
    });

    test('fail and are logged with the place when the answer breaks the contract', async () => {
      const broken = () => [{ id: 'alpha', aliases: 'none' }] as never;
      const { client, lines } = await open((handlers) => replaceCommand(handlers, 'models.list', broken));
      const error = await failure(client.command('models.list', {}));
      expect(error).toMatchObject({ code: 'internal', data: { name: 'models.list', place: '[0].aliases' } });
      expect(lines).toContainEqual(expect.objectContaining({ level: 'error', control: 'models.list' }));
    });

    test('turn an unexpected throw into an internal error without its stack', async () => {
      const broken = () => {
        throw new TypeError('x is not a function');
      };
      const { client, lines } = await open((handlers) => replaceCommand(handlers, 'settings.get', broken));
      expect(await failure(client.command('settings.get', {}))).toEqual({
        code: 'internal',
        message: 'x is not a function',
      });
      expect(lines).toContainEqual(expect.objectContaining({ level: 'error', control: 'settings.get' }));
    });

    test('that only a desktop shell can do say so', async () => {
      const { client } = await open();
      expect(await failure(client.command('shell.openWindow', { page: 'chat' }))).toMatchObject({
        code: 'not-available',
      });
    });

    test('run side by side', async () => {
      const { client } = await open();
      const names = await Promise.all(
        Array.from({ length: 20 }, async () => (await client.command('models.list', {})).length),
      );
      expect(names).toEqual(Array.from({ length: 20 }, () => 2));
    });
  });

  describe(`control contract over ${name}: channels`, () => {
    test('yield the events in order and end', async () => {
      const { client } = await open();
      const events = await collect(client.channel('inference.chat', chat('one two three'), never()));
      expect(events[0]).toEqual({ type: 'start', model: 'alpha', promptTokens: 3, contextSize: 8192, seed: 7 });
      expect(events.map(textOf).join('')).toBe('one two three');
      expect(events.at(-1)).toMatchObject({ type: 'finish', reason: 'stop', usage: { completionTokens: 3 } });
    });

    test('cancel the work behind them on abort', async () => {
      const { app, client } = await open();
      const abort = new AbortController();
      const seen: GenerationEvent['type'][] = [];
      const reading = (async () => {
        for await (const event of client.channel('inference.chat', chat('please wait'), abort.signal)) {
          seen.push(event.type);
          if (event.type === 'text-delta') abort.abort();
        }
      })();
      expect(await failure(reading)).toMatchObject({ code: 'cancelled' });
      expect(seen).toEqual(['start', 'text-delta']);
      await eventually(() => expect(app.cancelledGenerations).toBe(1));
    });

    test('cancel the work behind them when the reader leaves', async () => {
      const { app, client } = await open();
      for await (const event of client.channel('inference.chat', chat('please wait'), never())) {
        if (event.type === 'text-delta') break;
      }
      await eventually(() => expect(app.cancelledGenerations).toBe(1));
    });

    test('begin nothing when already aborted', async () => {
      const { app, client } = await open();
      const reading = collect(client.channel('inference.chat', chat('hello'), AbortSignal.abort()));
      expect(await failure(reading)).toMatchObject({ code: 'cancelled' });
      expect(app.requests).toEqual([]);
    });

    test('end with the error of the work, after the events before it', async () => {
      const { client } = await open();
      const seen: string[] = [];
      const reading = (async () => {
        for await (const event of client.channel('inference.chat', chat('break now'), never())) seen.push(event.type);
      })();
      expect(await failure(reading)).toEqual({
        code: 'engine-crashed',
        message: 'The engine of alpha died.',
        hint: 'Retry.',
      });
      expect(seen).toEqual(['start', 'text-delta']);
    });

    test('fail before the first event for an unknown model', async () => {
      const { client } = await open();
      const reading = collect(client.channel('inference.chat', { ...chat('hello'), model: 'gamma' }, never()));
      expect(await failure(reading)).toMatchObject({ code: 'model-not-found', data: { nearest: ['alpha', 'beta'] } });
    });

    test('refuse an input that does not fit and a name that is none', async () => {
      const { client } = await open();
      const badInput = collect(client.channel('logs.tail', { backlog: -1 }, never()));
      expect(await failure(badInput)).toMatchObject({ code: 'invalid-request', data: { param: 'backlog' } });
      const badName = collect(client.channel('logs.steal' as never, {} as never, never()));
      expect(await failure(badName)).toMatchObject({ code: 'not-found' });
    });

    test('fail with the place when an event breaks the contract', async () => {
      const { client } = await open((handlers) => ({
        ...handlers,
        channels: {
          ...handlers.channels,
          'logs.tail': async function* () {
            yield [{ time: 1 }] as never;
          },
        },
      }));
      const reading = collect(client.channel('logs.tail', { backlog: 0 }, never()));
      expect(await failure(reading)).toMatchObject({ code: 'internal', data: { place: '[0].time' } });
    });

    test('show the log: what was there first, then what comes', async () => {
      const { app, client } = await open();
      app.log('first');
      app.log('second');
      const seen: string[] = [];
      for await (const entries of client.channel('logs.tail', { backlog: 1 }, never())) {
        seen.push(...entries.map(({ message }) => message));
        if (seen.length === 1) app.log('third');
        if (seen.includes('third')) break;
      }
      expect(seen).toEqual(['second', 'third']);
    });

    test('end when the client closes', async () => {
      const { app, client } = await open();
      const reading = (async () => {
        for await (const event of client.channel('inference.chat', chat('please wait'), never())) {
          if (event.type === 'text-delta') client.close();
        }
      })();
      expect(await failure(reading)).toMatchObject({ code: 'cancelled' });
      await eventually(() => expect(app.cancelledGenerations).toBe(1));
    });
  });

  describe(`control contract over ${name}: signals`, () => {
    test('give the present value first, then each change, until unsubscribed', async () => {
      const { app, client } = await open();
      const phases: ServerState['phase'][] = [];
      const unsubscribe = client.signal('server.changed', ({ phase }) => phases.push(phase));
      await eventually(() => expect(phases).toEqual(['ready']));
      await client.command('server.pause', {});
      await eventually(() => expect(phases).toEqual(['ready', 'paused']));
      unsubscribe();
      await client.command('server.resume', {});
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(phases).toEqual(['ready', 'paused']);
      await eventually(() => expect(app.changed.listenerCount).toBe(0));
    });

    test('give the present value to a later listener as well', async () => {
      const { client } = await open();
      const first: string[] = [];
      const second: string[] = [];
      client.signal('settings.changed', ({ theme }) => first.push(theme));
      await eventually(() => expect(first).toEqual(['system']));
      await client.command('settings.update', { theme: 'light' });
      await eventually(() => expect(first).toEqual(['system', 'light']));
      client.signal('settings.changed', ({ theme }) => second.push(theme));
      await eventually(() => expect(second).toEqual(['light']));
    });

    test('run several at once', async () => {
      const { client } = await open();
      const models: (string | undefined)[] = [];
      const phases: string[] = [];
      client.signal('models.changed', ([alpha]) => models.push(alpha?.status.state));
      client.signal('server.changed', ({ phase }) => phases.push(phase));
      await client.command('models.load', { model: 'alpha' });
      await eventually(() => expect(models.at(-1)).toBe('loaded'));
      expect(phases.at(-1)).toBe('ready');
    });

    test('join changes that come faster than they may be shown, and never lose the last', async () => {
      const { app, client } = await open();
      const progress: number[] = [];
      client.signal('models.changed', ([alpha]) => {
        if (alpha?.status.state === 'loading') progress.push(alpha.status.progress);
      });
      const startedAt = performance.now();
      for (let step = 1; step <= 100; step++) {
        app.setState('alpha', { state: 'loading', progress: step / 100 });
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await eventually(() => expect(progress.at(-1)).toBe(1));
      const mostShown = (performance.now() - startedAt) / signalIntervalMs + 2;
      expect(progress.length).toBeLessThanOrEqual(Math.min(mostShown, 100));
    });

    test('say how the connection stands', async () => {
      const { client } = await open();
      const states: string[] = [];
      client.onConnectionChange((state) => states.push(state));
      client.signal('server.changed', () => undefined);
      await eventually(() => expect(states.at(-1)).toBe('online'));
    });
  });
}

function chat(text: string): GenerationRequest {
  return { prompt: { type: 'chat', messages: [{ role: 'user', content: text }] }, sampling: {}, stops: [] };
}

function never(): AbortSignal {
  return new AbortController().signal;
}

async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const all: Value[] = [];
  for await (const value of values) all.push(value);
  return all;
}

/** The error a promise rejects with, as it travels. */
async function failure(work: Promise<unknown>): Promise<ReturnType<AppError['toWire']>> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown as AppError,
  );
  if (!error) throw new Error('It did not fail.');
  return error.toWire();
}

function textOf(event: GenerationEvent): string {
  return event.type === 'text-delta' ? event.text : '';
}

function replaceCommand(handlers: ControlHandlers, name: keyof ControlHandlers['commands'], handler: unknown) {
  return { ...handlers, commands: { ...handlers.commands, [name]: handler } } as ControlHandlers;
}
