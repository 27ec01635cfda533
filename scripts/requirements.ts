/**
 * `npm run requirements`: which requirements the last test run proved. Red are unknown ids, citations that name nothing
 * they stand on, and fewer ids proven than `test/requirements/proven.json` holds.
 *
 *   --update             writes proven.json from the last run
 *   --mutate [IDS…]      breaks what the citing tests stand on, one after the other; each test must fail
 *   --mutate --sample N  the same for N of them, chosen by the day
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { findCitations, findFaultyCitations, findProven, tally, type Requirement } from './requirements/ledger.ts';
import { findMutations, restoreBuild, runMutation, type Mutation } from './requirements/mutation-check.ts';
import type { TestRun } from './test/summary-reporter.ts';

const root = path.resolve(import.meta.dirname, '..');
const provenFile = path.join(root, 'test', 'requirements', 'proven.json');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { update: { type: 'boolean' }, mutate: { type: 'boolean' }, sample: { type: 'string' } },
});

const requirements = readJson<Requirement[]>(path.join(root, 'test', 'requirements', 'requirements.json'));
const run = readJson<TestRun>(path.join(root, '.cache', 'test-results.json'));
process.exitCode = values.mutate ? checkMutations() : report();

function report(): number {
  const proven = findProven(run.tests);
  for (const { source, proven: count, total } of tally(requirements, proven)) {
    console.log(`${source.padEnd(4)} ${String(count).padStart(3)} / ${String(total).padStart(3)} proven`);
  }
  console.log(`all  ${String(proven.size).padStart(3)} / ${String(requirements.length).padStart(3)} proven`);
  if (values.update) writeFileSync(provenFile, `${JSON.stringify([...proven].sort(), null, 2)}\n`);
  const lost = readJson<string[]>(provenFile).filter((id) => !proven.has(id));
  const problems = [...findFaults(), ...lost.map((id) => `${id} was proven before and is not any more.`)];
  for (const problem of problems) console.error(problem);
  return problems.length > 0 ? 1 : 0;
}

function findFaults(): string[] {
  const citations = globSync('test/**/*.test.{ts,tsx}', { cwd: root }).flatMap((file) =>
    findCitations(file.replaceAll('\\', '/'), readFileSync(path.join(root, file), 'utf8')),
  );
  const readSource = (file: string): string | undefined => {
    try {
      return readFileSync(path.join(root, file), 'utf8');
    } catch {
      return undefined;
    }
  };
  return findFaultyCitations({ requirements, citations, readSource });
}

function checkMutations(): number {
  const ids = positionals.length > 0 ? new Set(positionals) : undefined;
  const mutations = chooseSample(findMutations(run.tests, ids), values.sample);
  let failures = 0;
  for (const mutation of mutations) {
    const verdict = runMutation(mutation, root);
    if (verdict !== 'failed as it should') failures += 1;
    console.log(`${verdict}: ${mutation.test.file} > ${mutation.test.name} (${mutation.breaks})`);
  }
  restoreBuild(mutations, root);
  console.log(`${mutations.length - failures} of ${mutations.length} tests fail when what they stand on is broken`);
  return failures > 0 ? 1 : 0;
}

/** Another part of the list each day, the same one all day. */
function chooseSample(mutations: Mutation[], sample: string | undefined): Mutation[] {
  if (sample === undefined) return mutations;
  const size = Math.min(Number(sample), mutations.length);
  const start = (Math.floor(Date.now() / 86_400_000) * size) % Math.max(1, mutations.length);
  return [...mutations, ...mutations].slice(start, start + size);
}

function readJson<Value>(file: string): Value {
  return JSON.parse(readFileSync(file, 'utf8')) as Value;
}
