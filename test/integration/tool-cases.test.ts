import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeToolCases, toolModes } from '#scripts/bench/tool-cases.ts';
import { runToolCases, type ToolOutcome } from '#scripts/bench/tool-honesty.ts';
import { longContextModelPath, smolModelPath } from '#test/support/dev-cache.ts';
import { longRun } from '#test/support/long-run.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

/**
 * The cases of the bench, on models whose template knows no tools: required, named, free, forbidden, forged. Random
 * weights choose what no trained model would; the long run asks a trained one too.
 */

const count = longRun ? 300 : 50;

let started: StartedApp;
let outcomes: ToolOutcome[] = [];

beforeAll(async () => {
  started = await startApp({ model: longRun ? smolModelPath : longContextModelPath, contextSize: 2048, slots: 4 });
  outcomes = await runToolCases(started.url, makeToolCases(count, 1));
}, 600_000);

afterAll(async () => {
  await started.stop();
});

test.each(toolModes)('every case of %s is answered as it asks', (mode) => {
  const ofMode = outcomes.filter((outcome) => outcome.mode === mode);
  expect(ofMode).toHaveLength(count / toolModes.length);
  expect(ofMode.filter(({ fault }) => fault !== undefined)).toEqual([]);
});
