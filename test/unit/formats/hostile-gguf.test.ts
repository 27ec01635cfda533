import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inspectModelFile } from '#main/formats/index.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { encodeGguf } from '#test/support/gguf-bytes.ts';
import { createHealthyGguf, createHostileGgufs } from '#test/support/hostile-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

async function writeModel(bytes: Buffer): Promise<string> {
  const file = path.join(await createTempFolder(), 'model.gguf');
  await writeFile(file, bytes);
  return file;
}

test('the base of all hostile files is accepted', async () => {
  const file = await writeModel(encodeGguf(createHealthyGguf()));
  await expect(inspectModelFile(file)).resolves.toMatchObject({ facts: { architecture: 'llama', layerCount: 2 } });
});

test.each(createHostileGgufs())('refuses: $name', async ({ bytes, code, problem }) => {
  const file = await writeModel(bytes);
  const error: unknown = await inspectModelFile(file).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code, data: { problem } });
  if (!isAppError(error)) throw new Error('A plain error was thrown.');
  expect(error.message).toContain('model.gguf');
  expect(error.hint).toMatch(/\.$/);
});

test(
  'hostile headers end in typed errors, fast and in little memory',
  verifies(['SEC-19'], { breaks: 'src/main/formats/gguf/read-gguf-header.ts#readGgufHeader' }, async () => {
    const hostile = createHostileGgufs();
    const files = await Promise.all(hostile.map(({ bytes }) => writeModel(bytes)));
    const rssBefore = process.memoryUsage.rss();
    let slowestMs = 0;
    let highestRss = rssBefore;
    for (const [index, file] of files.entries()) {
      const startedAt = performance.now();
      await expect(inspectModelFile(file)).rejects.toMatchObject({ data: { problem: hostile[index]?.problem } });
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
      highestRss = Math.max(highestRss, process.memoryUsage.rss());
    }
    // Five times the limit of the requirement: test machines are busy.
    expect(slowestMs).toBeLessThan(10_000);
    expect(highestRss - rssBefore).toBeLessThan(100 * 1024 * 1024);
  }),
);
