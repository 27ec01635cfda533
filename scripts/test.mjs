/**
 * `npm test`: everything that a fresh machine lacks, then every check and test. Ends with `N passed, N failed,
 * N skipped` alone on the last line of standard output. Arguments are filters for vitest (`npm test -- --project unit`)
 * and leave the static checks out. Plain Node >= 18, no dependencies.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { obtainModelFile, readDefaultModel } from './setup/default-model.mjs';
import { prepare } from './setup/prepare.mjs';
import { createReporter } from './setup/progress.mjs';
import { devCacheFolder, repositoryRoot as root } from './setup/repository.mjs';
import { lastLine, runCommand } from './setup/run-command.mjs';
import { SetupError, isAbort } from './setup/setup-error.mjs';
import { createStopSignal, interruptedCode } from './setup/stop-signals.mjs';
import { readExpectedSkips, unexpectedSkips } from './test/expected-skips.mjs';
import { obtainBrowser } from './test/find-browser.mjs';
import { planRun } from './test/plan-run.mjs';

const argv = process.argv.slice(2);
const plan = planRun(argv);
const devCache = devCacheFolder(process.env);
const resultsFile = path.join(root, '.cache', 'test-results.json');
const isCi = process.env.CI === 'true' || process.env.CI === '1';
const reporter = createReporter({ output: process.stdout });
const signal = createStopSignal();
const started = Date.now();
/** What failed beside the tests themselves; each counts as one failure. @type {string[]} */
const failures = [];
let counts = { passed: 0, failed: 0, skipped: 0 };

try {
  const prepared = await setUp();
  if (plan.isFull) await runStep('npm run check', prepared, ['scripts/check.ts']);
  await runVitest(prepared);
  if (plan.isFull) {
    await runStep('npm run requirements', prepared, ['scripts/requirements.ts']);
    await runStep('mutation check', prepared, ['scripts/requirements.ts', '--mutate', '--sample', '10']);
  }
} catch (error) {
  if (isAbort(error)) failures.push('the run was interrupted');
  else if (error instanceof SetupError) failures.push(error.line);
  else failures.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  conclude();
}

/** @typedef {{ nodePath: string, environment: NodeJS.ProcessEnv }} Prepared */

/** @returns {Promise<Prepared>} */
async function setUp() {
  const { nodePath, environment } = await prepare({ reporter, signal });
  const model = readDefaultModel();
  const target = path.join(devCache, 'models', model.file);
  if (!existsSync(target) && !(await obtainModelFile({ model, target, devCache, reporter, environment, signal }))) {
    throw new SetupError(`The tests need ${model.file}.`, `Put it at ${target} and run npm test again.`);
  }
  const prepared = { nodePath, environment };
  await prepareWith('Test models', prepared, ['scripts/make-test-models.ts']);
  if (plan.needsRig && process.platform === 'linux' && process.arch === 'x64') {
    await prepareWith('Electron test rig', prepared, ['scripts/test-rig/fetch-electron25.mjs']);
    await prepareWith('Building for the rig', prepared, ['scripts/build.mjs', '--target', 'main.rig']);
  }
  if (!plan.needsBrowser) return prepared;
  const step = reporter.step('Browser');
  const browser = await obtainBrowser({ root, nodePath, devCache, environment, signal });
  step.done(browser);
  return { nodePath, environment: { ...environment, IMPETUS_BROWSER: browser } };
}

/**
 * @param {string} title
 * @param {Prepared} prepared
 * @param {string[]} command
 */
async function prepareWith(title, { nodePath, environment }, command) {
  const step = reporter.step(title);
  const { code, tail } = await runCommand(nodePath, command, { cwd: root, environment, signal, ownGroup: true });
  if (code === 0) return step.done();
  step.fail();
  throw new SetupError(`${title} failed: ${lastLine(tail)}`);
}

/**
 * A check beside the tests: its output is shown, its failure counts as one.
 * @param {string} title
 * @param {Prepared} prepared
 * @param {string[]} command
 */
async function runStep(title, { nodePath, environment }, command) {
  const step = reporter.step(title);
  const options = { cwd: root, environment, signal, inherit: true, ownGroup: true };
  const { code } = await runCommand(nodePath, command, options);
  if (code === 0) return step.done();
  failures.push(`${title} failed`);
  return step.fail();
}

/** @param {Prepared} prepared */
async function runVitest({ nodePath, environment }) {
  rmSync(resultsFile, { force: true });
  const vitest = path.join('node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['--reporter=default', '--reporter=./scripts/test/summary-reporter.ts'];
  const options = { cwd: root, environment, signal, inherit: true, ownGroup: true };
  const { code } = await runCommand(nodePath, [vitest, 'run', ...reporters, ...argv], options);
  if (!existsSync(resultsFile)) {
    failures.push('vitest ended without results');
    return;
  }
  const run = JSON.parse(readFileSync(resultsFile, 'utf8'));
  counts = run.counts;
  if (code !== 0 && counts.failed === 0) failures.push(`vitest ended with code ${code}`);
  if (isCi && plan.isFull) failures.push(...skipFailures(run.tests));
}

/** @param {Parameters<typeof unexpectedSkips>[0]} tests */
function skipFailures(tests) {
  const expected = readExpectedSkips(path.join(root, 'test', 'expected-skips.json'));
  return unexpectedSkips(tests, expected).map((skip) => `skipped without a listed reason: ${skip}`);
}

function conclude() {
  for (const failure of failures) reporter.line(failure);
  reporter.line(`Took ${((Date.now() - started) / 60_000).toFixed(1)} minutes.`);
  const failed = counts.failed + failures.length;
  process.stdout.write(`${counts.passed} passed, ${failed} failed, ${counts.skipped} skipped\n`);
  process.exitCode = signal.aborted ? interruptedCode : failed > 0 ? 1 : 0;
}
