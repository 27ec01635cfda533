import { expect, test } from 'vitest';
import { checkAccess, type AccessLevel } from '#main/gateway/index.ts';

function isAllowed(level: AccessLevel, remoteAddress: string | undefined, allowKeylessManagement = false): boolean {
  try {
    checkAccess(level, { remoteAddress, settings: { allowKeylessManagement } });
    return true;
  } catch {
    return false;
  }
}

test('inference needs no key from this machine, and is refused to others', () => {
  expect(isAllowed('inference', '127.0.0.1')).toBe(true);
  expect(isAllowed('inference', '::1')).toBe(true);
  expect(isAllowed('inference', '::ffff:127.0.0.1')).toBe(true);
  expect(isAllowed('inference', '192.168.1.7')).toBe(false);
  expect(isAllowed('inference', undefined)).toBe(false);
});

test('management needs the token, unless the user allows it without', () => {
  expect(isAllowed('management', '127.0.0.1')).toBe(false);
  expect(isAllowed('management', '127.0.0.1', true)).toBe(true);
  expect(isAllowed('management', '192.168.1.7', true)).toBe(false);
});

test('open routes are open', () => {
  expect(isAllowed('open', '192.168.1.7')).toBe(true);
});
