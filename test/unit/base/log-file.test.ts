import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openLogFile } from '#main/base/index.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { eventually } from '#test/support/eventually.ts';

async function readLog(folder: string): Promise<string> {
  const [name = 'none'] = await readdir(folder);
  return readFile(path.join(folder, name), 'utf8').catch(() => '');
}

describe('the log file', () => {
  test('a line after a quiet moment is on disk without a wait for more', async () => {
    const folder = await createTempFolder();
    const file = openLogFile(folder, () => undefined);
    file.write('first\n');
    await eventually(async () => expect(await readLog(folder)).toBe('first\n'));
    await file.close();
  });

  test('a burst keeps its order and is whole after closing', async () => {
    const folder = await createTempFolder();
    const file = openLogFile(folder, () => undefined);
    const lines = Array.from({ length: 1000 }, (_, index) => `line ${index}\n`);
    for (const line of lines) file.write(line);
    await file.close();
    expect(await readLog(folder)).toBe(lines.join(''));
    expect(await readdir(folder)).toEqual([expect.stringMatching(/^impetus-\d{4}-\d{2}-\d{2}\.log$/)]);
  });

  test('the rest of a burst follows by itself', async () => {
    const folder = await createTempFolder();
    const file = openLogFile(folder, () => undefined);
    for (const line of ['a\n', 'b\n', 'c\n']) file.write(line);
    await eventually(async () => expect(await readLog(folder)).toBe('a\nb\nc\n'));
    await file.close();
  });

  test('a folder that is not there is told once and stops nobody', async () => {
    const errors: Error[] = [];
    const file = openLogFile(path.join(await createTempFolder(), 'gone'), (error) => errors.push(error));
    file.write('a\n');
    await eventually(async () => expect(errors.length).toBeGreaterThan(0));
    file.write('b\n');
    await file.close();
  });
});
