import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { unexpectedSkips } from '#scripts/test/expected-skips.mjs';
import { planRun } from '#scripts/test/plan-run.mjs';
import { countTests } from '#scripts/test/summary-reporter.ts';

describe('what a run needs', () => {
  test.each([
    [[], { isFull: true, needsBrowser: true, needsRig: true }],
    [['--project', 'unit'], { isFull: false, needsBrowser: false, needsRig: false }],
    [['--project=shell'], { isFull: false, needsBrowser: false, needsRig: true }],
    [['test/preload/preload.test.ts'], { isFull: false, needsBrowser: true, needsRig: false }],
    [['./test/e2e'], { isFull: false, needsBrowser: true, needsRig: false }],
    [['--project', 'unit', '--project', 'e2e'], { isFull: false, needsBrowser: true, needsRig: false }],
    [['-t', 'the tray'], { isFull: false, needsBrowser: true, needsRig: true }],
  ])('%j', (argv, expected) => expect(planRun(argv)).toEqual(expected));
});

describe('skips', () => {
  const tests = [
    { state: 'passed', file: 'test/a.test.ts', name: 'passes' },
    { state: 'skipped', file: 'test/b.test.ts', name: 'the window > opens', note: 'no Electron' },
    { state: 'skipped', file: 'test/c.test.ts', name: 'needs a GPU' },
    { state: 'skipped', file: 'test/d.test.ts', name: 'one of many' },
  ];

  test('without a listed reason are named, with what the test says', () => {
    const expected = { 'needs a GPU': 'No GPU here.', 'test/d.test.ts': 'Later.' };
    expect(unexpectedSkips(tests, expected)).toEqual(['test/b.test.ts: the window > opens (no Electron)']);
  });

  test('are excused only on the systems listed', () => {
    const expected = {
      'test/b.test.ts': { reason: 'Linux only.', platforms: ['darwin', 'win32'] },
      'test/c.test.ts': 'No GPU here.',
      'test/d.test.ts': 'Later.',
    };
    expect(unexpectedSkips(tests, expected, 'darwin')).toEqual([]);
    expect(unexpectedSkips(tests, expected, 'linux')).toEqual(['test/b.test.ts: the window > opens (no Electron)']);
  });
});

test('a test that never finished and a file that never loaded count as failed', () => {
  const states = ['passed', 'passed', 'failed', 'skipped', 'pending'] as const;
  expect(
    countTests(
      states.map((state) => ({ state })),
      1,
    ),
  ).toEqual({ passed: 2, failed: 3, skipped: 1 });
});

describe('files of the build machines', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

  test.each(['.github/workflows/ci.yml', '.ci/run'])('every npm script that %s runs exists', (file) => {
    const names = [...readFileSync(file, 'utf8').matchAll(/npm (?:run ([\w-]+)|(test|start))/g)];
    expect(names.length).toBeGreaterThan(0);
    for (const [, script, builtIn] of names) expect(Object.keys(scripts)).toContain(script ?? builtIn);
  });

  test('npm hands flags and signals to the scripts: nothing stands behind the last argument', () => {
    expect([scripts['start'], scripts['test']]).toEqual(['exec node scripts/start.mjs', 'exec node scripts/test.mjs']);
    expect(readFileSync('exec.cmd', 'utf8')).toMatch(/^@%\*\r?$/m);
  });

  test('every action of the workflow is pinned by commit', () => {
    const uses = [...readFileSync('.github/workflows/ci.yml', 'utf8').matchAll(/uses: (\S+)/g)].map(
      ([, action]) => action,
    );
    expect(uses.length).toBeGreaterThan(0);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  });

  test('the installer locks the fuses and leaves source maps, CUDA and the rig out', () => {
    const config = readFileSync('electron-builder.yml', 'utf8');
    for (const fuse of ['runAsNode', 'enableNodeOptionsEnvironmentVariable', 'enableNodeCliInspectArguments']) {
      expect(config).toContain(`${fuse}: false`);
    }
    for (const glob of ['!**/*.map', '!dist/main.rig/**', '!node_modules/@node-llama-cpp/*cuda*/**']) {
      expect(config).toContain(`- '${glob}'`);
    }
  });
});
