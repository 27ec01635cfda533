import { stat, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isAppError } from '#shared/errors/app-error.ts';
import type { AccessRequest } from '#main/api/control/control-access.ts';
import { ControlAccess, createControlToken } from '#main/api/control/index.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const token = 'a1'.repeat(32);

function refusal(access: ControlAccess, request: Partial<AccessRequest>): string | undefined {
  try {
    access.require({ remoteAddress: '127.0.0.1', localPort: 11535, headers: {}, ...request });
    return undefined;
  } catch (error) {
    return isAppError(error) ? error.code : 'thrown';
  }
}

test('only this machine gets in, even with the token', () => {
  const access = new ControlAccess({ token });
  const headers = { authorization: `Bearer ${token}` };
  for (const remoteAddress of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    expect(refusal(access, { remoteAddress, headers })).toBeUndefined();
  }
  for (const remoteAddress of [
    '192.168.1.5',
    '10.0.0.1',
    '::ffff:10.0.0.1',
    '::2',
    'fe80::1',
    '1127.0.0.1',
    '',
    undefined,
  ]) {
    expect(refusal(access, { remoteAddress, headers })).toBe('forbidden-host');
  }
});

test('a page of another origin never gets in, even with the token', () => {
  const access = new ControlAccess({ token });
  const headers = { authorization: `Bearer ${token}`, host: '127.0.0.1:11535' };
  expect(refusal(access, { headers: { ...headers, origin: 'http://127.0.0.1:11535' } })).toBeUndefined();
  for (const origin of ['http://127.0.0.1:1234', 'https://127.0.0.1:11535', 'http://localhost:11535', 'null', '']) {
    expect(refusal(access, { headers: { ...headers, origin } })).toBe('forbidden-origin');
  }
});

test('a session holds for the port it was opened at, as long as the server runs', () => {
  const access = new ControlAccess({ token });
  const cookie = access.redeemCode(access.mintCode(), { localPort: 11535 })?.split(';')[0];
  const headers = { cookie, 'sec-fetch-site': 'same-origin' };
  expect(refusal(access, { headers })).toBeUndefined();
  expect(refusal(access, { headers, localPort: 11536 })).toBe('unauthorized');
  expect(refusal(new ControlAccess({ token }), { headers })).toBe('unauthorized');
});

test('unused codes and old sessions do not pile up', () => {
  const access = new ControlAccess({ token });
  const codes = Array.from({ length: 101 }, () => access.mintCode());
  expect(access.redeemCode(codes[0] ?? '', { localPort: 1 })).toBeUndefined();
  expect(access.redeemCode(codes[1] ?? '', { localPort: 1 })).toBeDefined();
  expect(new Set(codes).size).toBe(101);
});

test('the control token is 32 random bytes in a file for its owner only, new in each run', async () => {
  const file = path.join(await createTempFolder(), 'run', 'control-token');
  const first = await createControlToken(file);
  const second = await createControlToken(file);
  expect(first).toMatch(/^[0-9a-f]{64}$/);
  expect(second).not.toBe(first);
  expect(await readFile(file, 'utf8')).toBe(second);
  if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
});
