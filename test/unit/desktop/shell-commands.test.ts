import { describe, expect, test } from 'vitest';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { withShellCommands, type ShellActions } from '#main/desktop/shell-commands.ts';

function makeEndpoint(overrides: Partial<ShellActions> = {}) {
  const done: unknown[] = [];
  const forwarded: string[] = [];
  const server: ControlEndpoint = {
    invoke: async (name) => {
      forwarded.push(name);
      return { ok: true, value: 'from the server' };
    },
    open: async function* () {},
    subscribe: () => () => undefined,
  };
  const endpoint = withShellCommands(server, {
    'shell.openWindow': ({ page }) => void done.push(page),
    'shell.hidePopover': () => void done.push('hide'),
    'shell.resizePopover': ({ height }) => void done.push(height),
    'shell.openLogsFolder': () => void done.push('logs'),
    'shell.quit': () => void done.push('quit'),
    ...overrides,
  });
  return { endpoint, done, forwarded };
}

describe('a command that only the shell can carry out', () => {
  test('is carried out here and never sent to the server', async () => {
    const { endpoint, done, forwarded } = makeEndpoint();
    expect(await endpoint.invoke('shell.openWindow', { page: 'chat' })).toEqual({ ok: true, value: {} });
    expect(await endpoint.invoke('shell.resizePopover', { height: 312 })).toEqual({ ok: true, value: {} });
    expect(await endpoint.invoke('shell.quit', {})).toEqual({ ok: true, value: {} });
    expect(done).toEqual(['chat', 312, 'quit']);
    expect(forwarded).toEqual([]);
  });

  test.each([
    ['shell.openWindow', { page: '../../etc' }],
    ['shell.openWindow', { page: 'x'.repeat(65) }],
    ['shell.openWindow', { page: 'javascript:alert(1)' }],
    ['shell.openWindow', {}],
    ['shell.resizePopover', { height: 1e9 }],
    ['shell.quit', { now: true }],
    ['shell.hidePopover', null],
  ])('%s refuses input that does not fit: %j', async (name, input) => {
    const { endpoint, done } = makeEndpoint();
    expect(await endpoint.invoke(name, input)).toMatchObject({ ok: false, error: { code: 'invalid-request' } });
    expect(done).toEqual([]);
  });

  test('answers with the error of what failed', async () => {
    const { endpoint } = makeEndpoint({
      'shell.openLogsFolder': () => {
        throw new AppError('not-available', 'There is no file manager.');
      },
    });
    expect(await endpoint.invoke('shell.openLogsFolder', {})).toEqual({
      ok: false,
      error: { code: 'not-available', message: 'There is no file manager.' },
    });
  });

  test('leaves every other command to the server', async () => {
    const { endpoint, forwarded } = makeEndpoint();
    expect(await endpoint.invoke('server.state', {})).toEqual({ ok: true, value: 'from the server' });
    expect(forwarded).toEqual(['server.state']);
  });
});
