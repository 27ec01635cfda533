import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export interface TestCounts {
  passed: number;
  failed: number;
  skipped: number;
}

/** One test of the last run, as the requirement ledger and the list of expected skips read it. */
export interface TestRecord {
  /** Relative to the repository, with `/`. */
  file: string;
  project: string;
  /** Suites and test joined by ` > `. */
  name: string;
  state: 'passed' | 'failed' | 'skipped' | 'pending';
  durationMs: number;
  /** Why it was skipped, when the test said so. */
  note?: string | undefined;
  requirements?: { ids: string[]; breaks: string } | undefined;
}

export interface TestRun {
  startedAt: string;
  finishedAt: string;
  reason: 'passed' | 'failed' | 'interrupted';
  counts: TestCounts;
  /** Failures outside any test: files that could not be loaded, unhandled rejections. Counted in `counts.failed`. */
  outsideTests: string[];
  tests: TestRecord[];
}

/** Where the last run's results lie, relative to the repository. */
export const testResultsFile = '.cache/test-results.json';

/** Collects every test's outcome into `.cache/test-results.json` (or IMPETUS_TEST_RESULTS). Prints nothing. */
export default class SummaryReporter implements Reporter {
  private readonly startedAt = new Date().toISOString();

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly { message?: string }[],
    reason: 'passed' | 'failed' | 'interrupted',
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()].map(toRecord));
    const outsideTests = [
      ...modules.flatMap((module) => module.errors().map((error) => `${module.relativeModuleId}: ${error.message}`)),
      ...unhandledErrors.map((error) => error.message ?? 'unhandled error'),
    ];
    const run: TestRun = {
      startedAt: this.startedAt,
      finishedAt: new Date().toISOString(),
      reason,
      counts: countTests(tests, outsideTests.length),
      outsideTests,
      tests,
    };
    writeResults(path.resolve(process.env['IMPETUS_TEST_RESULTS'] || testResultsFile), run);
  }
}

/** A test that never finished counts as failed: silence is no success. */
export function countTests(tests: readonly Pick<TestRecord, 'state'>[], outsideTests: number): TestCounts {
  const count = (state: TestRecord['state']) => tests.filter((test) => test.state === state).length;
  return {
    passed: count('passed'),
    failed: count('failed') + count('pending') + outsideTests,
    skipped: count('skipped'),
  };
}

function toRecord(test: TestCase): TestRecord {
  const result = test.result();
  return {
    file: test.module.relativeModuleId.replaceAll('\\', '/'),
    project: test.project.name,
    name: test.fullName,
    state: result.state,
    durationMs: Math.round(test.diagnostic()?.duration ?? 0),
    note: result.state === 'skipped' ? result.note : undefined,
    requirements: (test.meta() as Pick<TestRecord, 'requirements'>).requirements,
  };
}

function writeResults(file: string, run: TestRun): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(run)}\n`);
  renameSync(temporary, file);
}
