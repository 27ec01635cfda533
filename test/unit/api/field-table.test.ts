import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { fieldTable } from '#main/api/field-table.ts';

test('every endpoint of the table is named in a test that sends its fields', () => {
  const folder = new URL('../../integration/', import.meta.url);
  const tests = readdirSync(folder).filter((name) => name.endsWith('-fields.test.ts'));
  const text = tests.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
  const isNamed = (endpoint: string) => text.includes(`'${endpoint}'`) || text.includes(`\n  ${endpoint}: {`);
  expect(Object.keys(fieldTable).filter((endpoint) => !isNamed(endpoint))).toEqual([]);
});
