import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { cleanEnvironment } from './support/fake-checkout.ts';
import { commandLines, runProcess } from './support/run-process.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');

function npmTest(filters: string[]) {
  return runProcess('npm', ['test', '--silent', '--', '--project', 'unit', ...filters], {
    cwd: repository,
    env: cleanEnvironment({}),
  });
}

describe.skipIf(process.platform === 'win32')('npm test', () => {
  test('ends with the counts alone on the last line', async () => {
    const run = npmTest(['test/unit/scripts/unzip-member.test.ts']);
    expect(await run.exited).toBe(0);
    expect(run.stdout().trimEnd().split('\n').at(-1)).toBe('6 passed, 0 failed, 0 skipped');
  });

  test('a filter that matches nothing fails, with the same last line', async () => {
    const run = npmTest(['test/unit/no-such-file.test.ts']);
    expect(await run.exited).toBe(1);
    expect(run.stdout().trimEnd().split('\n').at(-1)).toBe('0 passed, 1 failed, 0 skipped');
  });

  test('an interruption ends everything it has started, and says so', async () => {
    const marker = `no-test-has-this-name-${process.pid}`;
    const run = npmTest(['test/unit', '-t', marker]);
    await run.waitFor(/ RUN /);
    run.kill('SIGTERM');
    expect(await run.exited).toBe(130);
    expect(run.stdout()).toMatch(/the run was interrupted\nTook .+\n0 passed, 1 failed, 0 skipped\n$/);
    expect(commandLines().filter((line) => line.includes(marker))).toEqual([]);
  });
});
