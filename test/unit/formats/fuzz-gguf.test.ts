import { open } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { ByteSource } from '#main/formats/byte-source.ts';
import { checkTensors } from '#main/formats/gguf/check-tensors.ts';
import { joinShards } from '#main/formats/gguf/gguf-shards.ts';
import { precheckGguf } from '#main/formats/gguf/precheck-gguf.ts';
import { readGgufHeader } from '#main/formats/gguf/read-gguf-header.ts';
import { isAppError } from '#shared/errors/app-error.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { encodeGguf } from '#test/support/gguf-bytes.ts';
import { createHealthyGguf } from '#test/support/hostile-gguf.ts';
import { createRandom, type Random } from '#test/support/random.ts';

const mebibyte = 1024 * 1024;
/** IMPETUS_FUZZ=50 runs fifty times as many. */
const budget = Number(process.env['IMPETUS_FUZZ'] ?? 1);

/** A file in memory that claims `size` bytes; those that are not there read as missing. */
function toSource(bytes: Buffer, size = bytes.length): ByteSource {
  return {
    file: '/models/fuzzed.gguf',
    size,
    read: async (buffer, position) => bytes.copy(buffer, 0, Math.min(position, bytes.length)),
  };
}

/** The pre-check as `inspectModelFile` runs it. Gives the problem's name, or `accepted`. */
async function precheck(source: ByteSource): Promise<string> {
  try {
    const header = await readGgufHeader(source);
    checkTensors(header);
    const joined = joinShards([header]);
    if (joined) precheckGguf(joined);
    return 'accepted';
  } catch (error) {
    if (!isAppError(error)) throw error;
    expect(error.code).toMatch(/^model-(file-invalid|format-unsupported)$/);
    return String(error.data?.['problem']);
  }
}

const numbers = [0n, 1n, 255n, 2n ** 16n, 2n ** 31n - 1n, 2n ** 31n, 0xe000_0000n, 2n ** 32n - 1n, 2n ** 32n];
const largeNumbers = [2n ** 40n, 2n ** 53n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n];

/** One to three random changes among the first `length` bytes, in place; returns what undoes them. */
function mutate(bytes: Buffer, length: number, random: Random): () => void {
  const undo: { at: number; old: Buffer }[] = [];
  for (let change = random.below(3); change >= 0; change--) {
    const at = random.below(length - 8);
    undo.unshift({ at, old: Buffer.from(bytes.subarray(at, at + 8)) });
    const kind = random.below(4);
    if (kind === 0) bytes[at] = random.below(256);
    else if (kind === 1) bytes.writeUInt32LE(random.below(2 ** 32), at);
    else if (kind === 2) bytes.writeBigUInt64LE(random.pick([...numbers, ...largeNumbers]), at);
    else bytes.copy(bytes, at, random.below(length - 8), random.below(length - 8) + 8);
  }
  return () => undo.forEach(({ at, old }) => old.copy(bytes, at));
}

/** Largest buffer asked for until `stop`. A spy would keep every buffer alive. */
function watchAllocations(): { stop: () => number } {
  const allocate = Buffer.allocUnsafe.bind(Buffer);
  let largest = 0;
  Buffer.allocUnsafe = (size) => {
    largest = Math.max(largest, size);
    return allocate(size);
  };
  return {
    stop() {
      Buffer.allocUnsafe = allocate;
      return largest;
    },
  };
}

/** Runs `count` mutations and measures them. */
async function fuzz(bytes: Buffer, { count, size, length }: { count: number; size: number; length: number }) {
  const random = createRandom(count);
  const original = Buffer.from(bytes);
  const allocations = watchAllocations();
  const outcomes = new Map<string, number>();
  let slowestMs = 0;
  const rssBefore = process.memoryUsage.rss();
  for (let round = 0; round < count; round++) {
    const undo = mutate(bytes, length, random);
    const cut = random.below(10) === 0 ? random.below(size) : size;
    const startedAt = performance.now();
    const outcome = await precheck(toSource(bytes.subarray(0, Math.min(cut, bytes.length)), cut));
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    undo();
    if (!bytes.equals(original)) original.copy(bytes);
  }
  return { outcomes, slowestMs, largest: allocations.stop(), rssGrowth: process.memoryUsage.rss() - rssBefore };
}

test('random changes of a small header end in typed errors, in bounded time and memory', async () => {
  const bytes = encodeGguf(createHealthyGguf());
  const result = await fuzz(bytes, { count: 8_000 * budget, size: bytes.length, length: 8192 });
  expect(result.outcomes.size).toBeGreaterThan(10);
  expect(result.outcomes.get('accepted')).toBeGreaterThan(0);
  expect(result.largest).toBeLessThanOrEqual(2 * mebibyte);
  expect(result.rssGrowth).toBeLessThan(100 * mebibyte);
  expect(result.slowestMs).toBeLessThan(5_000);
}, 600_000);

test('random changes of a real header end in typed errors, in bounded time and memory', async () => {
  const file = await open(smolModelPath);
  const { size } = await file.stat();
  const bytes = Buffer.alloc(2 * mebibyte);
  await file.read(bytes, 0, bytes.length, 0);
  await file.close();
  const result = await fuzz(bytes, { count: 300 * budget, size, length: 1_785_664 });
  expect(result.outcomes.size).toBeGreaterThan(3);
  expect(result.largest).toBeLessThanOrEqual(2 * mebibyte);
  expect(result.rssGrowth).toBeLessThan(100 * mebibyte);
  expect(result.slowestMs).toBeLessThan(5_000);
}, 600_000);

test('a header of random bytes behind the magic ends in a typed error', async () => {
  const random = createRandom(7);
  for (let round = 0; round < 5_000 * budget; round++) {
    const bytes = Buffer.from(Uint8Array.from({ length: 24 + random.below(400) }, () => random.below(256)));
    bytes.write('GGUF', 0, 'latin1');
    bytes.writeUInt32LE(3, 4);
    if (random.below(2) === 0) {
      bytes.writeBigUInt64LE(BigInt(random.below(4)), 8);
      bytes.writeBigUInt64LE(BigInt(random.below(4)), 16);
    }
    expect(await precheck(toSource(bytes))).not.toBe('accepted');
  }
});

test('every length of a small file is refused or whole', async () => {
  const bytes = encodeGguf(createHealthyGguf());
  for (let length = 0; length < bytes.length; length += length < 9000 ? 13 : 1009) {
    expect(await precheck(toSource(bytes.subarray(0, length)))).toBe('truncated');
  }
});

test('a file of many gigabytes with hostile counts is refused after a few windows', async () => {
  const bytes = encodeGguf(createHealthyGguf());
  const endless = { ...toSource(bytes, 2 ** 45), reads: 0 };
  const source: ByteSource = {
    ...endless,
    read: async (buffer, position) => {
      endless.reads += 1;
      buffer.fill(0);
      bytes.copy(buffer, 0, Math.min(position, bytes.length));
      return buffer.length;
    },
  };
  bytes.writeBigUInt64LE(65_536n, 16);
  expect(await precheck(source)).toBe('length');
  expect(endless.reads).toBeLessThan(5);
});
