import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** One schema of the official test suite with its own instances. */
export interface SuiteSchema {
  draft: string;
  file: string;
  description: string;
  schema: unknown;
  tests: { data: unknown; valid: boolean }[];
}

type Errors = (string | null)[];

/** Why each text is invalid, by every judge that can be trusted with the schema. */
export type Judgement = Record<string, Errors>;

/** The schemas of one draft. */
export function readSuiteSchemas(root: string, draft: string): SuiteSchema[] {
  const all = JSON.parse(runJudge(root, 'suite')) as SuiteSchema[];
  return all.filter((entry) => entry.draft === draft);
}

/** Texts are JSON. A judge that fails the suite's own instances of a schema is no judge of that schema. */
export function judgeTexts(
  root: string,
  claims: readonly { entry: SuiteSchema; texts: readonly string[] }[],
): Judgement[] {
  const input = claims.map(({ entry, texts }) => ({
    ...{ draft: entry.draft, schema: entry.schema },
    texts: [...texts, ...entry.tests.map(({ data }) => JSON.stringify(data))],
  }));
  const verdicts = JSON.parse(runJudge(root, 'judge', JSON.stringify(input))) as Record<string, (Errors | null)[]>;
  return claims.map(({ entry, texts }, index) => {
    const sound = Object.entries(verdicts).flatMap(([judge, all]) => {
      const errors = all[index];
      return errors && isSound(entry, errors.slice(texts.length)) ? [[judge, errors.slice(0, texts.length)]] : [];
    });
    return Object.fromEntries(sound) as Judgement;
  });
}

function isSound({ tests }: SuiteSchema, errors: Errors): boolean {
  return tests.every(({ valid }, index) => (errors[index] === null) === valid);
}

function runJudge(root: string, job: string, input = ''): string {
  const entry = path.join(root, 'test', 'support', 'schema-judge-entry.ts');
  const { stdout, stderr, status } = spawnSync(process.execPath, [entry, job], {
    ...{ input, encoding: 'utf8', maxBuffer: 1 << 30 },
  });
  if (status !== 0) throw new Error(`The judges ended with ${String(status)}: ${stderr.slice(-500)}`);
  return stdout;
}
