import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ControlTransport } from '#shared/control/transports/control-transport.ts';
import { toHomePaths } from '#main/base/index.ts';
import { attachCore } from '#main/desktop/attach.ts';
import { findRunningServer } from '#main/desktop/running-server.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

function makeTransport() {
  const calls: string[] = [];
  const transport: ControlTransport = {
    invoke: async (name) => {
      calls.push(name);
      return { ok: true, value: {} };
    },
    open: async function* () {},
    subscribe: () => () => undefined,
    onConnectionChange: () => () => undefined,
    close: () => calls.push('closed'),
  };
  return { transport, calls };
}

describe('a shell attached to a running server', () => {
  test('reads the token again for every request, because a restarted server has a new one', async () => {
    const paths = toHomePaths(await createTempFolder());
    await mkdir(path.dirname(paths.controlToken), { recursive: true });
    const { transport } = makeTransport();
    let readToken = async (): Promise<string | undefined> => undefined;
    attachCore({
      baseUrl: 'http://127.0.0.1:11535/',
      paths,
      createTransport: ({ baseUrl, token }) => {
        expect(baseUrl).toBe('http://127.0.0.1:11535');
        readToken = token;
        return transport;
      },
    });
    expect(await readToken()).toBeUndefined();
    await writeFile(paths.controlToken, 'first\n');
    expect(await readToken()).toBe('first');
    await writeFile(paths.controlToken, 'second');
    expect(await readToken()).toBe('second');
  });

  test('stops the server only when it is asked to', async () => {
    const { transport, calls } = makeTransport();
    const core = attachCore({
      baseUrl: 'http://localhost:11535',
      paths: { controlToken: '/nowhere' },
      createTransport: () => transport,
    });
    expect([core.isAttached, calls]).toEqual([true, []]);
    await core.stop();
    expect(calls).toEqual(['server.shutdown', 'closed']);
  });

  test.each([
    'http://192.168.1.5:11535',
    'http://127.0.0.1.evil.example:11535',
    'http://evil.example/127.0.0.1:11535',
    'https://127.0.0.1:11535',
    'http://127.0.0.1',
    'http://user@127.0.0.1:11535',
    'file:///tmp/socket',
    '11535',
  ])('never sends its token to %s', (baseUrl) => {
    const createTransport = (): ControlTransport => {
      throw new Error('must not be reached');
    };
    expect(() => attachCore({ baseUrl, paths: { controlToken: '/nowhere' }, createTransport })).toThrow(
      `IMPETUS_ATTACH is "${baseUrl}", which is not an address of this machine.`,
    );
  });
});

describe('the server to attach to', () => {
  test('is the one named', async () => {
    const paths = toHomePaths(await createTempFolder());
    expect(await findRunningServer(paths, { IMPETUS_ATTACH: 'http://127.0.0.1:4000' })).toBe('http://127.0.0.1:4000');
  });

  test('is none when nothing runs with this home folder, or what ran is gone', async () => {
    const paths = toHomePaths(await createTempFolder());
    expect(await findRunningServer(paths, {})).toBeUndefined();
    await mkdir(path.dirname(paths.instance), { recursive: true });
    const instance = { pid: 2 ** 22 + 1, port: 4001, version: '0.1.0', startedAt: '2026-11-21T12:00:00.000Z' };
    await writeFile(paths.instance, JSON.stringify(instance));
    expect(await findRunningServer(paths, {})).toBeUndefined();
    await writeFile(paths.instance, '{"pid":');
    expect(await findRunningServer(paths, {})).toBeUndefined();
  });
});
