import { readFileSync } from 'node:fs';
import { judgeWithAjv, judgeWithPython, readSuite, type Claim } from './json-schema/judges.ts';

/**
 * For the bench, which is no test: `node schema-judge-entry.ts suite` prints the JSON-Schema test suite; `judge` reads
 * claims as JSON from standard input and prints what each judge says of each text.
 */
const [job] = process.argv.slice(2);
if (job === 'suite') print(await readSuite());
else {
  const claims = JSON.parse(readFileSync(0, 'utf8')) as Claim[];
  print({ ajv: claims.map((claim) => judgeWithAjv(claim) ?? null), python: await judge(claims) });
}

async function judge(claims: readonly Claim[]): Promise<((string | null)[] | null)[]> {
  return (await judgeWithPython(claims)).map((errors) => errors ?? null);
}

function print(value: unknown): void {
  process.stdout.write(JSON.stringify(value));
}
