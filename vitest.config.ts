import { defineConfig } from 'vitest/config';
import { mutatePlugin } from './scripts/requirements/mutate-plugin.ts';

/**
 * One project per speed. `unit` is pure and fast; `contract` runs every implementation of a port through one suite;
 * `integration` starts the headless app on loopback; `native` runs real engines on small models; `e2e` drives a real
 * browser, `shell` a real Electron, `launch` the two commands of the README.
 */
const project = (name: string, include: string[], extra: object = {}) => ({
  plugins: mutatePlugin(),
  test: { name, include, environment: 'node' as const, globalSetup: ['test/support/global-setup.ts'], ...extra },
});
const slow = { testTimeout: 120_000, hookTimeout: 180_000 };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      project('unit', ['test/unit/**/*.test.{ts,tsx}', 'test/architecture/**/*.test.ts'], { testTimeout: 30_000 }),
      project('contract', ['test/contract/**/*.test.ts'], slow),
      project('integration', ['test/integration/**/*.test.ts'], slow),
      project('native', ['test/native/**/*.test.ts'], { ...slow, fileParallelism: false }),
      project('renderer', ['test/renderer/**/*.test.{ts,tsx}', 'test/preload/**/*.test.ts'], slow),
      project('e2e', ['test/e2e/**/*.test.ts'], { ...slow, fileParallelism: false }),
      project('shell', ['test/shell/**/*.test.ts'], { ...slow, fileParallelism: false }),
      project('launch', ['test/launch/**/*.test.ts'], { ...slow, testTimeout: 600_000, fileParallelism: false }),
    ],
  },
});
