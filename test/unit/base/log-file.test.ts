import { open, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { openLogFile } from '#main/base/index.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { eventually } from '#test/support/eventually.ts';
import { verifies } from '#test/support/verifies.ts';

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

  test(
    'files of more than seven days, and the oldest of more than 10 GB, are removed when a day begins',
    verifies(['S2-17'], { breaks: 'src/main/base/log-file.ts#openLogFile' }, async () => {
      const folder = await createTempFolder();
      const sizes = { '2026-03-01': 1e6, '2026-03-02': 6e9, '2026-03-03': 6e9, '2026-03-08': 1e6 };
      for (const [day, size] of Object.entries(sizes)) {
        // A hole of that length: it takes no room on the disk.
        const file = await open(path.join(folder, `impetus-${day}.log`), 'w');
        await file.truncate(size);
        await file.close();
      }
      await (await open(path.join(folder, 'notes.txt'), 'w')).close();
      vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-08T23:59:00Z') });
      onTestFinished(() => void vi.useRealTimers());
      const file = openLogFile(folder, () => undefined);
      const days = async () => (await readdir(folder)).sort();
      file.write('the last of the day\n');
      // 12 GB in all: the 1st is as old as allowed, but with the 2nd beyond what all may take.
      await eventually(async () =>
        expect(await days()).toEqual(['impetus-2026-03-03.log', 'impetus-2026-03-08.log', 'notes.txt']),
      );
      vi.setSystemTime(new Date('2026-03-11T00:00:01Z'));
      await new Promise((resolve) => setTimeout(resolve, 150));
      file.write('the first of another day\n');
      await eventually(async () =>
        expect(await days()).toEqual(['impetus-2026-03-08.log', 'impetus-2026-03-11.log', 'notes.txt']),
      );
      await file.close();
    }),
  );

  test('a folder that is not there is told once and stops nobody', async () => {
    const errors: Error[] = [];
    const file = openLogFile(path.join(await createTempFolder(), 'gone'), (error) => errors.push(error));
    file.write('a\n');
    await eventually(async () => expect(errors.length).toBeGreaterThan(0));
    file.write('b\n');
    await file.close();
  });
});
