import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { createControlRelay, type Sender } from '#main/desktop/control-relay.ts';

const ownPage: Sender = { isOwnWindow: true, isMainFrame: true, isOwnPage: true };

/** Answers every command with its input, counts subscribers, and streams until it is aborted. */
class EchoEndpoint implements ControlEndpoint {
  calls: [string, unknown][] = [];
  subscribers = 0;
  aborted = 0;

  async invoke(name: string, input: unknown) {
    this.calls.push([name, input]);
    if (name === 'server.shutdown') throw new Error('the endpoint broke');
    return { ok: true as const, value: input };
  }

  async *open(_name: string, _input: unknown, abort: AbortSignal) {
    yield 'first';
    await new Promise((resolve) => abort.addEventListener('abort', resolve, { once: true }));
    this.aborted += 1;
  }

  subscribe(_name: string, listener: (value: unknown) => void) {
    this.subscribers += 1;
    listener('present');
    return () => (this.subscribers -= 1);
  }
}

function makeRelay() {
  const endpoint = new EchoEndpoint();
  const relay = createControlRelay(endpoint);
  const subscribe = (request: unknown, sender = ownPage) => {
    const { port1, port2 } = new MessageChannel();
    const messages: unknown[] = [];
    port1.on('message', (message) => messages.push(message));
    onTestFinished(() => port1.close());
    relay.subscribe(sender, port2, request);
    return { port: port1, messages };
  };
  return { endpoint, relay, subscribe };
}

describe('a control call from the page', () => {
  test.each<[string, Sender]>([
    ['a window that is not ours', { ...ownPage, isOwnWindow: false }],
    ['a frame inside our page', { ...ownPage, isMainFrame: false }],
    ['a page of another origin', { ...ownPage, isOwnPage: false }],
  ])('from %s never reaches the server', async (_name, sender) => {
    const { endpoint, relay, subscribe } = makeRelay();
    const answer = await relay.invoke(sender, 'server.state', {});
    expect(answer).toMatchObject({ ok: false, error: { code: 'forbidden-origin' } });
    const { messages } = subscribe({ name: 'server.changed', payload: {} }, sender);
    await vi.waitFor(() => expect(messages).toMatchObject([{ type: 'error', error: { code: 'forbidden-origin' } }]));
    expect([endpoint.calls, endpoint.subscribers]).toEqual([[], 0]);
  });

  test('goes to the server with its payload', async () => {
    const { endpoint, relay } = makeRelay();
    expect(await relay.invoke(ownPage, 'models.load', { model: 'a' })).toEqual({ ok: true, value: { model: 'a' } });
    expect(endpoint.calls).toEqual([['models.load', { model: 'a' }]]);
  });

  test.each([undefined, 7, null, {}, ['server.state']])('whose name is %j is refused', async (name) => {
    const { relay } = makeRelay();
    expect(await relay.invoke(ownPage, name, {})).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
  });

  test('that carries more than 64 MiB is refused before the server sees it', async () => {
    const { endpoint, relay } = makeRelay();
    const half = 'x'.repeat(33 * 1024 * 1024);
    const answer = await relay.invoke(ownPage, 'settings.update', { a: half, deep: [{ b: half }] });
    expect(answer).toMatchObject({ ok: false, error: { code: 'body-too-large' } });
    expect(endpoint.calls).toEqual([]);
    expect(await relay.invoke(ownPage, 'settings.update', { a: half })).toMatchObject({ ok: true });
  });

  test('gets an envelope, not an exception, when the server side breaks', async () => {
    const { relay } = makeRelay();
    expect(await relay.invoke(ownPage, 'server.shutdown', {})).toEqual({
      ok: false,
      error: { code: 'internal', message: 'the endpoint broke' },
    });
  });
});

describe('a subscription of the page', () => {
  const close = (port: MessagePort) => port.close();

  test('to a signal ends with its port', async () => {
    const { endpoint, subscribe } = makeRelay();
    const { port, messages } = subscribe({ name: 'server.changed', payload: {} });
    await vi.waitFor(() => expect(messages).toEqual([{ type: 'next', value: 'present' }]));
    expect(endpoint.subscribers).toBe(1);
    close(port);
    await vi.waitFor(() => expect(endpoint.subscribers).toBe(0));
  });

  test('to a channel cancels its work with its port', async () => {
    const { endpoint, subscribe } = makeRelay();
    const { port, messages } = subscribe({ name: 'logs.tail', payload: { backlog: 0 } });
    await vi.waitFor(() => expect(messages).toEqual([{ type: 'next', value: 'first' }]));
    close(port);
    await vi.waitFor(() => expect(endpoint.aborted).toBe(1));
  });

  test('to what is neither says so', async () => {
    const { subscribe } = makeRelay();
    const { messages } = subscribe({ name: 'server.state', payload: {} });
    await vi.waitFor(() => expect(messages).toMatchObject([{ type: 'error', error: { code: 'not-found' } }]));
  });

  test.each([undefined, null, 'server.changed', 7, {}])('that is %j is refused', async (request) => {
    const { subscribe } = makeRelay();
    const { messages } = subscribe(request);
    await vi.waitFor(() => expect(messages).toMatchObject([{ type: 'error', error: { code: 'invalid-request' } }]));
  });

  test('beyond the 64th is refused until another one ends', async () => {
    const { endpoint, subscribe } = makeRelay();
    const open = Array.from({ length: 64 }, () => subscribe({ name: 'server.changed', payload: {} }));
    const refused = subscribe({ name: 'server.changed', payload: {} });
    await vi.waitFor(() => expect(refused.messages).toMatchObject([{ type: 'error', error: { code: 'queue-full' } }]));
    open[0]?.port.close();
    await vi.waitFor(() => expect(endpoint.subscribers).toBe(63));
    const again = subscribe({ name: 'server.changed', payload: {} });
    await vi.waitFor(() => expect(again.messages).toEqual([{ type: 'next', value: 'present' }]));
  });
});
