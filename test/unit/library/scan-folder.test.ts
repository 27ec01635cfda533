import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { scanFolder } from '#main/library/scan-folder.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

async function createFiles(names: readonly string[]): Promise<string> {
  const folder = await createTempFolder();
  for (const name of names) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
    await writeFile(path.join(folder, name), '');
  }
  return folder;
}

test.each(['at-once', 'background'] as const)(
  'finds model files by name %s, of a split model the first part only',
  async (pace) => {
    const folder = await createFiles([
      'a.gguf',
      'B.GGUF',
      'deep/er/c.gguf',
      'd.gguf.part',
      'e.bin',
      '.f.gguf',
      '.cache/g.gguf',
      'big-00001-of-00002.gguf',
      'big-00002-of-00002.gguf',
    ]);
    await mkdir(path.join(folder, 'folder.gguf'));
    const { files, isComplete } = await scanFolder(folder, { pace });
    expect(files.map((file) => path.relative(folder, file))).toEqual([
      'B.GGUF',
      'a.gguf',
      'big-00001-of-00002.gguf',
      'deep/er/c.gguf',
    ]);
    expect(isComplete).toBe(true);
  },
);

test.each(['at-once', 'background'] as const)('follows links to files %s, not to folders', async (pace) => {
  const folder = await createFiles(['inside/a.gguf']);
  const outside = await createFiles(['b.gguf', 'c.gguf']);
  await symlink(folder, path.join(folder, 'inside', 'circle'));
  await symlink(outside, path.join(folder, 'outside'));
  await symlink(path.join(outside, 'c.gguf'), path.join(folder, 'link.gguf'));
  await symlink('/nowhere', path.join(folder, 'dangling.gguf'));
  const { files } = await scanFolder(folder, { pace });
  expect(files.map((file) => path.relative(folder, file))).toEqual(['link.gguf', 'inside/a.gguf']);
});

test('ends at its limits and says so', async () => {
  const folder = await createFiles(['1/a.gguf', '1/2/b.gguf', '1/2/3/c.gguf']);
  const shallow = await scanFolder(folder, { limits: { maximumDepth: 2, maximumEntries: 100 } });
  expect(shallow.files).toHaveLength(2);
  expect(shallow.isComplete).toBe(false);
  const short = await scanFolder(folder, { limits: { maximumDepth: 9, maximumEntries: 3 } });
  expect(short).toMatchObject({ isComplete: false, files: [path.join(folder, '1/a.gguf')] });
});

test('a missing folder is an empty one', async () => {
  expect(await scanFolder('/nowhere/at/all')).toEqual({ files: [], isComplete: true });
});
