import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findCitations, findFaultyCitations, type Requirement } from '#scripts/requirements/ledger.ts';

const root = path.resolve(import.meta.dirname, '..', '..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sources = (pattern: string): string[] =>
  globSync(pattern, { cwd: root }).map((file) => file.replaceAll('\\', '/'));

test('every room opens with what it is for', () => {
  const rooms = sources('src/main/*/index.ts');
  expect(rooms.length).toBeGreaterThan(10);
  for (const room of rooms) {
    const [comment = ''] = /^\/\*\*[\s\S]*?\*\//.exec(read(room)) ?? [];
    expect(comment, room).not.toBe('');
    expect(comment.split('\n').length, room).toBeLessThanOrEqual(10);
  }
});

test('the main process calls out to the network through an argument only', () => {
  const callers = sources('src/main/**/*.ts').filter((file) => /(?<![.\w])fetch\(/.test(read(file)));
  expect(callers).toEqual([]);
});

test('windows are opened in one place', () => {
  const openers = sources('src/**/*.{ts,tsx}').filter((file) => read(file).includes('new BrowserWindow('));
  expect(openers).toEqual(['src/main/desktop/secure-window.ts']);
});

test('no rule of a tool is switched off in the product', () => {
  const excuses = /eslint-disable|@ts-ignore|@ts-expect-error|@ts-nocheck|prettier-ignore/;
  expect(sources('src/**/*.{ts,tsx}').filter((file) => excuses.test(read(file)))).toEqual([]);
});

test('citations of requirements name known ids and what they stand on', () => {
  const requirements = JSON.parse(read('test/requirements/requirements.json')) as Requirement[];
  expect(requirements).toHaveLength(410);
  const citations = sources('test/**/*.test.{ts,tsx}').flatMap((file) => findCitations(file, read(file)));
  expect(citations.length).toBeGreaterThan(10);
  const readSource = (file: string) => (sources(file).length > 0 ? read(file) : undefined);
  expect(findFaultyCitations({ requirements, citations, readSource })).toEqual([]);
});
