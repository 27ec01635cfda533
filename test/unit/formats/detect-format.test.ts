import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { toOpenError } from '#main/formats/byte-source.ts';
import { detectFormat } from '#main/formats/index.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

const bytes = (...values: number[]) => Buffer.from([...values, ...Array.from({ length: 64 }, () => 0x11)]);

const offered: [name: string, content: Buffer | string, problem: string][] = [
  ['git-lfs pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 12\n', 'git-lfs-pointer'],
  ['web page', '\n<!DOCTYPE html>\n<html lang="en">', 'html-page'],
  ['xml', '<?xml version="1.0"?><Error/>', 'html-page'],
  ['web page with byte order mark', '\ufeff<html>', 'html-page'],
  ['json', '{"error":"Access denied"}', 'json'],
  ['empty file', '', 'empty'],
  ['unfilled file', Buffer.alloc(1000), 'zeros'],
  ['GGJT', Buffer.from('tjgg\x03\0\0\0', 'latin1'), 'old-ggml'],
  ['zip or PyTorch', bytes(0x50, 0x4b, 0x03, 0x04), 'pytorch'],
  ['pickle', bytes(0x80, 0x02, 0x8a), 'pickle'],
  ['HDF5', bytes(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), 'hdf5'],
  ['TensorFlow Lite', bytes(0x1c, 0, 0, 0, 0x54, 0x46, 0x4c, 0x33), 'tflite'],
  ['ONNX Runtime', bytes(0x1c, 0, 0, 0, 0x4f, 0x52, 0x54, 0x4d), 'ort'],
  ['ONNX', bytes(0x08, 0x08, 0x12, 0x04), 'onnx'],
  ['Windows program', bytes(0x4d, 0x5a, 0x90), 'program'],
  ['Linux program', bytes(0x7f, 0x45, 0x4c, 0x46), 'program'],
  ['Mac program', bytes(0xcf, 0xfa, 0xed, 0xfe), 'program'],
  ['script', '#!/bin/sh\necho no\n', 'program'],
  ['gzip', bytes(0x1f, 0x8b), 'compressed'],
  ['7-Zip', bytes(0x37, 0x7a, 0xbc, 0xaf), 'compressed'],
  [
    'safetensors',
    Buffer.concat([Buffer.from([16, 0, 0, 0, 0, 0, 0, 0]), Buffer.from('{"a":{"dtype":1}}')]),
    'safetensors',
  ],
  ['other text', 'Dear reader, this is no model.', 'unknown'],
];

test.each(offered)('names what a .gguf really is: %s', async (_name, content, problem) => {
  const file = path.join(await createTempFolder(), 'model.gguf');
  await writeFile(file, content);
  await expect(detectFormat(file)).rejects.toMatchObject({
    code: expect.stringMatching(/^model-(file-invalid|format-unsupported)$/) as string,
    data: { problem, path: file },
    hint: expect.stringMatching(/\.$/) as string,
  });
});

test(
  'unsafe formats are refused by content under any name',
  verifies(['SEC-25', 'S3-09'], { breaks: 'src/main/formats/detect-format.ts#detectInSource' }, async () => {
    const folder = await createTempFolder();
    const unsafe: [name: string, content: Buffer, problem: string][] = [
      ['model.pt', bytes(0x50, 0x4b, 0x03, 0x04), 'pytorch'],
      ['model.bin', bytes(0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46), 'pickle'],
      ['model.pkl', bytes(0x80, 0x04, 0x95), 'pickle'],
      ['model.keras', bytes(0x50, 0x4b, 0x03, 0x04), 'pytorch'],
      ['model.h5', bytes(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a), 'hdf5'],
      ['model.exe', bytes(0x4d, 0x5a), 'program'],
    ];
    for (const [name, content, problem] of unsafe) {
      for (const asNamed of [name, `${name}.gguf`]) {
        const file = path.join(folder, asNamed);
        await writeFile(file, content);
        await expect(detectFormat(file)).rejects.toMatchObject({
          code: 'model-format-unsupported',
          data: { problem },
        });
      }
    }
  }),
);

test(
  'a GGUF is one under any name, also behind a link',
  verifies(['S3-09'], { breaks: 'src/main/formats/detect-format.ts#detectFormat' }, async () => {
    const folder = await createTempFolder();
    await writeFile(path.join(folder, 'blob'), 'GGUF rest');
    await symlink(path.join(folder, 'blob'), path.join(folder, 'link.bin'));
    expect(await detectFormat(path.join(folder, 'blob'))).toBe('gguf');
    expect(await detectFormat(path.join(folder, 'link.bin'))).toBe('gguf');
  }),
);

test('a missing file is named with its path', async () => {
  const file = path.join(await createTempFolder(), 'not-here', 'model.gguf');
  await expect(detectFormat(file)).rejects.toMatchObject({ code: 'model-file-missing', data: { path: file } });
});

test('a folder is refused, whatever its name ends with', async () => {
  const folder = path.join(await createTempFolder(), 'model.gguf');
  await mkdir(folder);
  await expect(detectFormat(folder)).rejects.toMatchObject({ data: { problem: 'directory' } });
});

test('a pipe is refused without waiting for a writer', async () => {
  const file = path.join(await createTempFolder(), 'pipe.gguf');
  execFileSync('sh', ['-c', 'mkfifo "$0"', file]);
  await expect(detectFormat(file)).rejects.toMatchObject({ data: { problem: 'not-a-file' } });
});

test('a path with a zero byte in it is refused like any other unreadable file', async () => {
  await expect(detectFormat('/tmp/a\0b.gguf')).rejects.toMatchObject({ code: 'model-file-invalid' });
});

test('a file without read permission says so', () => {
  const denied = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
  expect(toOpenError('/models/a.gguf', denied)).toMatchObject({
    code: 'model-file-invalid',
    message: 'a.gguf is not a usable model file. It cannot be read: permission denied.',
    data: { problem: 'permission' },
  });
});
