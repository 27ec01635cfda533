import { readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { keywordTable } from '#test/support/json-schema/keyword-table.ts';
import { runSuite, type SuiteResult } from '#test/support/json-schema/run-suite.ts';

const documentFile = new URL('../../../docs/structured-output.md', import.meta.url);
const borders = { begin: '<!-- suite: begin -->\n', end: '\n<!-- suite: end -->' };

let results: SuiteResult[] = [];
beforeAll(async () => {
  results = await runSuite();
});

/** Where the suite knows that a value reads otherwise than its text says, or tests what is optional. */
const beyondText = new Set(['optional/zeroTerminatedFloats.json', 'optional/content.json']);

test('the suite is whole', () => {
  expect(new Set(results.map(({ entry }) => `${entry.draft}/${entry.file}`)).size).toBe(430);
});

test('every drawn output is valid in the view of every sound judge, and no invalid instance is taken', () => {
  const wrong = results.flatMap(({ entry, wrong: complaints }) =>
    complaints
      .filter((complaint) => !complaint.startsWith('refuses the valid') && !beyondText.has(entry.file))
      .map((complaint) => `${entry.draft} ${entry.file} ${entry.description}: ${complaint}`),
  );
  expect(wrong).toEqual([]);
});

test('both judges have judged most of what is admitted', () => {
  const admitted = results.filter(({ refused, entry }) => !refused && /draft(7|20)/.test(entry.draft));
  const share = (judge: string): number =>
    admitted.filter(({ judgedBy }) => judgedBy.includes(judge)).length / admitted.length;
  expect(share('ajv')).toBeGreaterThan(0.85);
  expect(share('python')).toBeGreaterThan(0.85);
});

test('outside formats and optional files, valid instances are taken but for a few that are named', () => {
  const refused = results.flatMap(({ entry, wrong }) => {
    // Draft 3 cannot be told from the schemas of its files, and what stands beside a $ref means nothing there.
    const isMandatory =
      entry.draft !== 'draft3' &&
      !entry.file.startsWith('optional/') &&
      !['format.json', 'vocabulary.json'].includes(entry.file);
    const isMissed = wrong.some((complaint) => complaint.startsWith('refuses the valid'));
    return isMandatory && isMissed ? [`${entry.file}: ${entry.description}`] : [];
  });
  expect([...new Set(refused)].sort()).toEqual([
    'content.json: validation of binary string-encoding',
    'content.json: validation of binary-encoded media type documents',
    'content.json: validation of binary-encoded media type documents with schema',
    'unevaluatedItems.json: unevaluatedItems can see annotations from if without then and else',
    'unevaluatedProperties.json: unevaluatedProperties can see annotations from if without then and else',
    'unevaluatedProperties.json: unevaluatedProperties with anyOf',
  ]);
});

test('every refusal names the path and the keyword', () => {
  const nameless = results.filter(
    ({ refused }) => refused && refused.path !== '' && !refused.path.includes(`/${refused.keyword}`),
  );
  expect(
    nameless.map(({ entry, refused }) => `${entry.file}: ${String(refused?.path)} ${String(refused?.keyword)}`),
  ).toEqual([]);
});

test('docs/structured-output.md counts what is enforced and refused', () => {
  const text = readFileSync(documentFile, 'utf8');
  const begin = text.indexOf(borders.begin) + borders.begin.length;
  const end = text.indexOf(borders.end);
  const table = keywordTable(results);
  if (process.env['IMPETUS_WRITE_DOCS'] === '1')
    writeFileSync(documentFile, text.slice(0, begin) + table + text.slice(end));
  else expect(text.slice(begin, end)).toBe(table);
});
