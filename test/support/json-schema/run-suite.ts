import { compileJsonSchema } from '#main/decoding/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { gbnfAccepts, GbnfSampler, readGbnf } from '../gbnf.ts';
import { createRandom } from '../random.ts';
import { inOtherOrders, layOut } from './layouts.ts';
import { judgeWithAjv, judgeWithPython, readSuite, type Claim, type Draft, type SuiteEntry } from './judges.ts';

export interface SuiteResult {
  entry: SuiteEntry;
  refused?: { keyword: string; path: string; message: string };
  /** Outputs that a judge found invalid, or instances that the grammar took or refused wrongly. */
  wrong: string[];
  judgedBy: string[];
}

const judged = new Set<string>(['draft4', 'draft6', 'draft7', 'draft2019-09', 'draft2020-12']);
const dialects: Readonly<Record<string, string>> = {
  'draft-next': 'https://json-schema.org/draft/next/schema',
  draft4: 'http://json-schema.org/draft-04/schema#',
  draft6: 'http://json-schema.org/draft-06/schema#',
  draft7: 'http://json-schema.org/draft-07/schema#',
};

/** Runs every schema of the suite: refused, or all drawn outputs (by `seed`) valid and every instance told right. */
export async function runSuite(seed = 0): Promise<SuiteResult[]> {
  const results: SuiteResult[] = [];
  const claims: { result: SuiteResult; claim: Claim }[] = [];
  for (const [index, entry] of (await readSuite()).entries()) {
    const result: SuiteResult = { entry, wrong: [], judgedBy: [] };
    results.push(result);
    const texts = outputsOf(result, seed * 1_000_000 + index);
    if (texts.length > 0 && judged.has(entry.draft)) {
      const instances = entry.tests.map(({ data }) => JSON.stringify(data));
      claims.push({
        result,
        claim: { draft: entry.draft as Draft, schema: entry.schema, texts: [...texts, ...instances] },
      });
    }
  }
  const byPython = await judgeWithPython(claims.map(({ claim }) => claim));
  claims.forEach(({ result, claim }, index) => {
    note(result, { judge: 'ajv', claim, errors: judgeWithAjv(claim) });
    note(result, { judge: 'python', claim, errors: byPython[index] });
  });
  return results;
}

interface Verdict {
  judge: string;
  claim: Claim;
  errors: (string | null)[] | undefined;
}

/** A judge that fails the suite's own instances of a schema is no judge of that schema. */
function note(result: SuiteResult, { judge, claim, errors }: Verdict): void {
  const { tests } = result.entry;
  const isSound = tests.every(
    ({ valid }, index) => (errors?.[claim.texts.length - tests.length + index] === null) === valid,
  );
  if (!errors || !isSound) return;
  result.judgedBy.push(judge);
  errors.slice(0, -tests.length).forEach((error, index) => {
    if (error !== null) result.wrong.push(`${judge}: ${claim.texts[index] ?? ''} ${error}`);
  });
}

function outputsOf(result: SuiteResult, seed: number): string[] {
  const { entry } = result;
  const schema = withDialect(entry);
  try {
    const texts = new Set<string>();
    for (const openObjects of [false, true]) {
      const rules = readGbnf(compileJsonSchema(schema, { openObjects, maxMilliseconds: 2000 }).grammar);
      const sampler = new GbnfSampler(rules, createRandom(seed));
      for (let count = 0; count < 8; count++) texts.add(sampler.sample(4 + 6 * count));
      if (openObjects) result.wrong.push(...wrongInstances(entry, rules));
    }
    return [...texts];
  } catch (error) {
    if (!isAppError(error)) throw error;
    const { path, keyword } = error.data as { path: string; keyword: string };
    result.refused = { path, keyword, message: error.message };
    return [];
  }
}

function withDialect({ draft, schema }: SuiteEntry): unknown {
  const dialect = dialects[draft];
  if (typeof schema !== 'object' || schema === null || dialect === undefined || '$schema' in schema) return schema;
  return { $schema: dialect, ...schema };
}

function wrongInstances({ tests }: SuiteEntry, rules: ReturnType<typeof readGbnf>): string[] {
  return tests.flatMap(({ data, valid, description }) => {
    const text = layOut(data);
    if (text.length > 2000 || gbnfAccepts(rules, text) === valid) return [];
    if (valid && inOtherOrders(data).some((other) => gbnfAccepts(rules, layOut(other)))) return [];
    return [`${valid ? 'refuses the valid' : 'takes the invalid'} ${text.slice(0, 200)} (${description})`];
  });
}
