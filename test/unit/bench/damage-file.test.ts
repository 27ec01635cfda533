import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { damages } from '#scripts/bench/damage-file.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'impetus-damage-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const headerBytes = 200;

/** A header that says how long it is, its sha256, and rows. */
function fileOf(fill: number): Buffer {
  const header = Buffer.alloc(headerBytes, fill);
  header.writeUInt32LE(1, 8);
  header.writeUInt32LE(headerBytes, 12);
  return Buffer.concat([header, createHash('sha256').update(header).digest(), Buffer.alloc(1000, fill)]);
}

const file = path.join(folder, 'one.kv');
const other = path.join(folder, 'other.kv');

test.each(Object.keys(damages))('%s: the file is not what it was', (kind) => {
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, fileOf(5));
  writeFileSync(other, fileOf(6));
  damages[kind]?.(file, { random: () => 0.5, other });
  expect(statSync(file).isDirectory() || !readFileSync(file).equals(fileOf(5))).toBe(true);
});

test.each(["another model's identity", 'another format version'])('%s: the header is proven by its digest', (kind) => {
  rmSync(file, { recursive: true, force: true });
  writeFileSync(file, fileOf(5));
  damages[kind]?.(file, { random: () => 0.5, other });
  const bytes = readFileSync(file);
  const digest = createHash('sha256').update(bytes.subarray(0, headerBytes)).digest();
  expect(bytes.subarray(headerBytes, headerBytes + 32).equals(digest)).toBe(true);
});
