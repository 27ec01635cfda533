import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { InstanceStats } from '#main/engine-port/index.ts';
import { ContextNeeds } from '#main/scheduler/context-needs.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const logger = { warn: () => undefined };

function statsOf(usualTokens: number, usualSequences: number): InstanceStats {
  return {
    ...{ steps: 1, batchHistogram: {}, prefillTokens: 0, reusedTokens: 0, generatedTokens: 0, waitingRequests: 0 },
    sequences: [],
    context: {
      ...{ allocatedTokens: 2048, usedTokens: 100, growths: 0, allocatedToUsedP95: 1.5 },
      ...{ usualTokens, usualSequences },
    },
  };
}

test('what a model needed is known after a restart, each model for itself', async () => {
  const file = path.join(await createTempFolder(), 'cache', 'needs.json');
  const needs = new ContextNeeds({ file, logger });
  expect(await needs.of('a')).toBeUndefined();
  await needs.note('a', statsOf(3000, 2));
  await needs.note('b', statsOf(900, 1));
  const later = new ContextNeeds({ file, logger });
  expect(await later.of('a')).toEqual({ contextSize: 3000, sequences: 2 });
  expect(await later.of('b')).toEqual({ contextSize: 900, sequences: 1 });
  expect(await later.of('constructor')).toBeUndefined();
});

test('an instance that served nobody changes nothing', async () => {
  const needs = new ContextNeeds({ file: undefined, logger });
  await needs.note('a', statsOf(3000, 2));
  await needs.note('a', statsOf(0, 0));
  expect(await needs.of('a')).toEqual({ contextSize: 3000, sequences: 2 });
});

test('a damaged file is as good as none, and is replaced', async () => {
  const file = path.join(await createTempFolder(), 'needs.json');
  for (const damage of ['{', '[]', '{"a":{"contextSize":-1,"sequences":1}}', '']) {
    await writeFile(file, damage);
    const needs = new ContextNeeds({ file, logger });
    expect(await needs.of('a')).toBeUndefined();
    await needs.note('b', statsOf(500, 1));
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ b: { contextSize: 500, sequences: 1 } });
  }
});

test('a file that cannot be written is told and no more', async () => {
  const folder = await createTempFolder();
  const warnings: unknown[] = [];
  const needs = new ContextNeeds({ file: folder, logger: { warn: (entry: unknown) => warnings.push(entry) } });
  await needs.note('a', statsOf(500, 1));
  expect(warnings).toHaveLength(1);
  expect(await needs.of('a')).toEqual({ contextSize: 500, sequences: 1 });
});
