import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestRecord, TestRun } from '../test/summary-reporter.ts';

/** One test, and what it claims to stand on. */
export interface Mutation {
  test: TestRecord;
  breaks: string;
}

/** `survived`: the test passed although what it stands on was broken, so it proves nothing. */
export type Verdict = 'failed as it should' | 'survived' | 'did not run';

/** Projects whose tests run the built product: it is built anew, broken, for each and whole again at the end. */
const builtProjects = new Set(['e2e', 'shell', 'launch', 'renderer']);

/** Every citing test that passed, or those that cite one of `ids`. */
export function findMutations(tests: readonly TestRecord[], ids?: ReadonlySet<string>): Mutation[] {
  return tests.flatMap((test) => {
    const { requirements, state } = test;
    if (!requirements || state !== 'passed') return [];
    if (ids && !requirements.ids.some((id) => ids.has(id))) return [];
    return [{ test, breaks: requirements.breaks }];
  });
}

/** Breaks what the test stands on and runs that test alone. */
export function runMutation({ test, breaks }: Mutation, root: string): Verdict {
  const results = path.join(os.tmpdir(), `impetus-mutation-${process.pid}.json`);
  const loader = pathToFileURL(path.join(import.meta.dirname, 'mutate-loader.ts')).href;
  const environment = {
    ...process.env,
    // Its cache of transformed files does not know of mutations.
    VITEST_FS_MODULE_CACHE: '0',
    IMPETUS_MUTATE: breaks,
    IMPETUS_TEST_RESULTS: results,
    NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${loader}`.trim(),
  };
  if (builtProjects.has(test.project)) build(root, environment);
  // Vitest joins suites and test by a blank for patterns, by ` > ` in reports.
  const name = `^${test.name.split(' > ').map(escapePattern).join('( > | )')}$`;
  const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=./scripts/test/summary-reporter.ts'];
  spawnSync(process.execPath, [vitest, 'run', '--project', test.project, test.file, '-t', name, ...reporters], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  return readVerdict(results, test);
}

/** The whole product again, after tests that ran on a broken one. */
export function restoreBuild(mutations: readonly Mutation[], root: string): void {
  if (mutations.some(({ test }) => builtProjects.has(test.project))) build(root, process.env);
}

function build(root: string, environment: NodeJS.ProcessEnv): void {
  const { status } = spawnSync(process.execPath, ['scripts/build.mjs'], {
    cwd: root,
    env: environment,
    stdio: 'ignore',
  });
  if (status !== 0) throw new Error('The build for the mutation check failed.');
}

function readVerdict(results: string, test: TestRecord): Verdict {
  const run = readRun(results);
  if (!run) return 'did not run';
  const same = run.tests.find(({ file, name }) => file === test.file && name === test.name);
  if (run.outsideTests.length > 0 || same?.state === 'failed') return 'failed as it should';
  return same?.state === 'passed' ? 'survived' : 'did not run';
}

function readRun(file: string): TestRun | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestRun;
  } catch {
    return undefined;
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
