import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { downloadFile } from '#scripts/setup/download-file.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { startFileServer, type FileServerOptions } from './file-server.ts';

const content = randomBytes(300_000);
const sha256 = createHash('sha256').update(content).digest('hex');

async function prepareDownload(options: Partial<FileServerOptions> = {}) {
  const server = await startFileServer({ content, ...options });
  const target = path.join(await createTempFolder(), 'models', 'model.gguf');
  const url = `${server.url}/model.gguf`;
  return { server, target, part: `${target}.part`, options: { url, target, sha256, sizeBytes: content.length } };
}

test('downloads a file, checks it and reports its progress', async () => {
  const { target, part, options } = await prepareDownload();
  const progress: number[] = [];
  await downloadFile({ ...options, onProgress: (bytes) => progress.push(bytes) });
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(progress.at(-1)).toBe(300_000);
  expect(existsSync(part)).toBe(false);
});

test('takes a cut download up again where it ended', async () => {
  const { server, target, options } = await prepareDownload({ cutAfterBytes: 120_000 });
  await downloadFile(options);
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(server.requests.map((request) => request.range)).toEqual([undefined, 'bytes=120000-', 'bytes=240000-']);
});

test('keeps what has arrived for the next run when nothing new comes any more', async () => {
  const { target, part, options } = await prepareDownload({ cutAfterBytes: 50_000, lastByte: 150_000 });
  await expect(downloadFile(options)).rejects.toMatchObject({ kind: 'cut' });
  expect(existsSync(target)).toBe(false);
  const kept = await readFile(part);
  expect(kept.length).toBe(150_000);
  expect(kept.equals(content.subarray(0, kept.length))).toBe(true);
});

test('goes on with the part of an earlier run', async () => {
  const { server, target, part, options } = await prepareDownload();
  await downloadFile({ ...options, sizeBytes: 1, sha256: '' }).catch(() => undefined);
  await writeFile(part, content.subarray(0, 100_000));
  server.requests.length = 0;
  await downloadFile(options);
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(server.requests).toMatchObject([{ range: 'bytes=100000-' }]);
});

test('starts over when the server ignores the range', async () => {
  const { target, part, options } = await prepareDownload({ ignoresRange: true });
  await downloadFile({ ...options, sizeBytes: 1, sha256: '' }).catch(() => undefined);
  await writeFile(part, content.subarray(0, 100_000));
  await downloadFile(options);
  expect((await readFile(target)).equals(content)).toBe(true);
});

test('verifies a part that is already complete without a request', async () => {
  const { server, target, part, options } = await prepareDownload();
  await downloadFile({ ...options, sizeBytes: 1, sha256: '' }).catch(() => undefined);
  await writeFile(part, content);
  server.requests.length = 0;
  await downloadFile(options);
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(server.requests).toEqual([]);
});

test('throws away a file with another hash and says which it was', async () => {
  const { target, part, options } = await prepareDownload();
  const wanted = '0'.repeat(64);
  await expect(downloadFile({ ...options, sha256: wanted })).rejects.toMatchObject({
    kind: 'wrong-content',
    message: `${options.url} gave a file with sha256 ${sha256}, expected ${wanted}`,
  });
  expect([existsSync(target), existsSync(part)]).toEqual([false, false]);
});

test('stops reading a file that is larger than announced', async () => {
  const { options } = await prepareDownload();
  await expect(downloadFile({ ...options, sizeBytes: 1_000 })).rejects.toMatchObject({ kind: 'wrong-content' });
});

test('does not repeat a refusal', async () => {
  const { server, options } = await prepareDownload({ status: 404 });
  await expect(downloadFile(options)).rejects.toMatchObject({ kind: 'status', message: `${options.url} answered 404` });
  expect(server.requests.length).toBe(1);
});

test('names the host that cannot be reached', async () => {
  const { options } = await prepareDownload();
  const closed = { ...options, url: 'http://127.0.0.1:9/model.gguf' };
  await expect(downloadFile(closed)).rejects.toMatchObject({
    kind: 'unreachable',
    message: expect.stringContaining('127.0.0.1:9: ') as string,
  });
});

test('gives up on a connection that stays silent', async () => {
  const { options } = await prepareDownload({ content: Buffer.alloc(0) });
  const silent = await startSilentServer();
  const started = Date.now();
  await expect(downloadFile({ ...options, url: silent, stallMs: 200 })).rejects.toMatchObject({ kind: 'unreachable' });
  expect(Date.now() - started).toBeLessThan(5_000);
});

test('follows a redirect to another host without the token', async () => {
  const storage = await startFileServer({ content });
  const { server, target, options } = await prepareDownload({ redirectTo: `http://localhost:${storage.port}/blob` });
  await downloadFile({ ...options, headers: { authorization: 'Bearer hf_secret' } });
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(server.requests).toMatchObject([{ authorization: 'Bearer hf_secret' }]);
  expect(storage.requests).toMatchObject([{ path: '/blob', authorization: undefined }]);
});

test('ends at once when it is aborted', async () => {
  const { options } = await prepareDownload();
  const controller = new AbortController();
  controller.abort();
  await expect(downloadFile({ ...options, signal: controller.signal })).rejects.toMatchObject({ name: 'AbortError' });
});

async function startSilentServer(): Promise<string> {
  const { createServer } = await import('node:net');
  const { onTestFinished } = await import('vitest');
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/`;
}
