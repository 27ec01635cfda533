import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { KvCache, type KvCacheOptions } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { systemClock } from '#main/base/index.ts';
import { longContextModelPath, tinyModelPath } from '#test/support/dev-cache.ts';
import { longRun } from '#test/support/long-run.ts';
import { writeTinyRandom, writeTinyRecurrent, writeTinySlidingWindow } from '#test/support/make-gguf.ts';
import { NativeSequences, writeTempModel } from '#test/support/native-sequences.ts';
import { createRandom, type Random } from '#test/support/random.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

/** The cache in front of a real context: what it gives back is what was computed, whatever happened in between. */

const identity = 'ab'.repeat(32);
const namespace = 'someone';

function openCache(folder: string, options: Partial<KvCacheOptions> = {}): Promise<KvCache> {
  return KvCache.open({ identity, streamCount: 4, ramBytes: 0, disk: { folder }, clock: systemClock, ...options });
}

function makePrompt(length: number, random: Random): Uint32Array {
  return Uint32Array.from({ length }, () => 262 + random.below(240));
}

const join = (...parts: Uint32Array[]): Uint32Array => Uint32Array.from(parts.flatMap((part) => [...part]));

async function keep(cache: KvCache, tokens: Uint32Array, state: Uint8Array): Promise<void> {
  await cache.keep(tokens, state, namespace);
  await cache.flush(10_000);
}

/** Largest difference of two score lists, in parts of their spread. */
function differ(left: Float32Array, right: Float32Array): number {
  let largest = 0;
  let spread = 1e-6;
  for (const [index, score] of left.entries()) {
    largest = Math.max(largest, Math.abs(score - (right[index] ?? NaN)));
    spread = Math.max(spread, Math.abs(score));
  }
  return largest / spread;
}

describe('a conversation that comes back', () => {
  test('goes on like one that never left, after a restart and in another sequence', async () => {
    const folder = await createTempFolder();
    const random = createRandom(3);
    const prompt = makePrompt(1500, random);
    const native = new NativeSequences(longContextModelPath, { sequences: 4, contextSize: 2048 });
    native.decode(0, prompt);
    await keep(await openCache(folder), prompt, native.save(0));
    const next = join(prompt, makePrompt(30, random));
    const warm = native.generate(0, next, { held: 1500, count: 24 });
    native.decode(2, makePrompt(700, random));
    const cache = await openCache(folder);
    const found = cache.find(next, namespace);
    expect(found?.length).toBe(1500);
    expect(native.load(2, (found && (await cache.restore(found))) ?? new Uint8Array())).toBe(true);
    expect(native.generate(2, next, { held: 1500, count: 24 })).toEqual(warm);
  });

  test('what is saved does not show what its sequence held before', async () => {
    const random = createRandom(4);
    const prompt = makePrompt(600, random);
    const clean = new NativeSequences(tinyModelPath, { sequences: 4 });
    clean.decode(2, prompt);
    const expected = clean.save(2);
    const tainted = new NativeSequences(tinyModelPath, { sequences: 4 });
    for (const sequence of [0, 1, 2, 3]) tainted.decode(sequence, makePrompt(900, random));
    tainted.truncate(2, 500);
    tainted.clear(2);
    tainted.decode(2, prompt);
    expect(Buffer.from(tainted.save(2)).equals(Buffer.from(expected))).toBe(true);
    const cache = await openCache(await createTempFolder());
    await keep(cache, prompt, tainted.save(2));
    const found = cache.find(join(prompt, prompt), namespace);
    clean.load(2, (found && (await cache.restore(found))) ?? new Uint8Array());
    expect(Buffer.from(clean.save(2)).equals(Buffer.from(expected))).toBe(true);
  });
});

describe.each([
  ['a sliding-window model', () => writeTinySlidingWindow(64), {}],
  ['a recurrent model', () => writeTinyRecurrent(), {}],
  ['a model without flash attention', () => writeTinyRandom(), { flashAttention: false }],
])('%s', (_name, write, options) => {
  test('goes on after a restart from exactly where it was saved, and from nowhere else', async () => {
    const folder = await createTempFolder();
    const random = createRandom(8);
    const native = new NativeSequences(await writeTempModel(write()), { sequences: 4, ...options });
    const prompt = makePrompt(600, random);
    native.decode(0, prompt);
    await keep(await openCache(folder), prompt, native.save(0));
    const next = join(prompt, makePrompt(20, random));
    const warm = native.generate(0, next, { held: 600, count: 12 });
    const cache = await openCache(folder);
    expect(cache.find(next.subarray(0, 590), namespace)).toBeUndefined();
    const found = cache.find(next, namespace);
    expect(found?.length).toBe(600);
    expect(native.load(3, (found && (await cache.restore(found))) ?? new Uint8Array())).toBe(true);
    expect(native.generate(3, next, { held: 600, count: 12 })).toEqual(warm);
  });

  test('lets a second conversation start where it was saved on purpose', async () => {
    const random = createRandom(9);
    const native = new NativeSequences(await writeTempModel(write()), { sequences: 4, ...options });
    const cache = await openCache(await createTempFolder(), { ramBytes: 1e8 });
    const agent = makePrompt(400, random);
    const tasks = [1, 2, 3].map(() => join(agent, makePrompt(80, random)));
    for (const [index, task] of tasks.slice(0, 2).entries()) {
      native.decode(index, task.subarray(0, 400));
      if (cache.sharedLength(task, namespace) >= 400) await keep(cache, agent, native.save(index));
      native.decode(index, task.subarray(400), 400);
      await keep(cache, task, native.save(index));
    }
    expect(cache.find(tasks[2] ?? agent, namespace)?.length).toBe(400);
  });
});

const snapshotCount = longRun ? 1000 : 50;

test(`${snapshotCount} damaged snapshots: the library never sees a byte of them`, async () => {
  const folder = await createTempFolder();
  const random = createRandom(6);
  const prompt = makePrompt(700, random);
  const native = new NativeSequences(tinyModelPath, { sequences: 4 });
  native.decode(0, prompt);
  const state = native.save(0);
  await keep(await openCache(folder), prompt, state);
  const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.kv'));
  const whole = await Promise.all(files.map(async (name) => readFile(path.join(folder, name))));
  let misses = 0;
  for (let trial = 0; trial < snapshotCount; trial++) {
    await Promise.all(files.map((name, index) => writeFile(path.join(folder, name), whole[index] ?? '')));
    const cache = await openCache(folder);
    const found = cache.find(join(prompt, prompt), namespace);
    const victim = random.below(files.length);
    await writeFile(path.join(folder, files[victim] ?? ''), damage(whole[victim] ?? Buffer.alloc(0), random));
    const bytes = found && (await cache.restore(found));
    if (bytes === undefined) misses++;
  }
  expect(misses).toBe(snapshotCount);
});

function damage(content: Buffer, random: Random): Buffer {
  const changed = Buffer.from(content);
  const at = random.below(content.length);
  switch (random.below(5)) {
    case 0:
      return changed.subarray(0, at);
    case 1:
      return Buffer.concat([changed, Buffer.alloc(1 + random.below(64))]);
    case 2:
      return changed.fill((changed[at] ?? 0) ^ 0xff, at, at + 1 + random.below(64));
    case 3:
      return Buffer.concat([changed.subarray(0, at), changed.subarray(at + 1)]);
    default:
      changed[at] = (changed[at] ?? 0) ^ (1 << random.below(8));
      return changed;
  }
}

test('any order of prefill, copy, cut, save, load and abort leaves what the token lists say', async () => {
  const fuzz = await Fuzz.create(longRun ? 99 : 17);
  for (let step = 0; step < (longRun ? 20_000 : 400); step++) await fuzz.step();
  await fuzz.finish();
  expect(fuzz.restores).toBeGreaterThan(10);
}, 1_800_000);

const sequenceCount = 4;
const contextSize = 1024;

/** A context, the cache, and beside them nothing but the token list of each sequence. */
class Fuzz {
  readonly #random: Random;
  readonly #native: NativeSequences;
  readonly #reference: NativeSequences;
  readonly #folder: string;
  readonly #lists: Uint32Array[] = Array.from({ length: sequenceCount }, () => new Uint32Array(0));
  readonly #beginnings: Uint32Array[];
  #cache: KvCache;
  restores = 0;

  private constructor(seed: number, folder: string, cache: KvCache) {
    this.#random = createRandom(seed);
    this.#folder = folder;
    this.#cache = cache;
    this.#native = new NativeSequences(tinyModelPath, { sequences: sequenceCount, contextSize });
    this.#reference = new NativeSequences(tinyModelPath, { contextSize });
    this.#beginnings = [300, 520, 40].map((length) => makePrompt(length, this.#random));
  }

  static async create(seed: number): Promise<Fuzz> {
    const folder = await createTempFolder();
    return new Fuzz(seed, folder, await Fuzz.#open(folder));
  }

  static #open(folder: string): Promise<KvCache> {
    return openCache(folder, { ramBytes: 300_000, disk: { folder, budgetBytes: 2_000_000 } });
  }

  async step(): Promise<void> {
    const sequence = this.#random.below(sequenceCount);
    switch (this.#random.below(8)) {
      case 0:
        return this.#begin(sequence);
      case 1:
        return this.#copy(sequence);
      case 2:
        return this.#cut(sequence);
      case 3:
      case 4:
        return this.#keep(sequence);
      case 5:
        return this.#load(sequence);
      case 6:
        return this.#abort(sequence);
      default:
        return this.#reopen();
    }
  }

  async finish(): Promise<void> {
    await this.#cache.flush(10_000);
  }

  #listOf(sequence: number): Uint32Array {
    return this.#lists[sequence] ?? new Uint32Array(0);
  }

  #begin(sequence: number): void {
    this.#native.clear(sequence);
    this.#lists[sequence] = new Uint32Array(0);
    this.#append(sequence, this.#random.pick(this.#beginnings));
    this.#append(sequence, makePrompt(1 + this.#random.below(200), this.#random));
  }

  /** A copy takes effect with the next decode: one passes before anything else touches the two. */
  #copy(sequence: number): void {
    const from = (sequence + 1) % sequenceCount;
    const list = this.#listOf(from);
    if (list.length < 2) return;
    const length = 1 + this.#random.below(list.length - 1);
    this.#native.clear(sequence);
    this.#native.copyPrefix(from, sequence, length);
    // The whole stream is copied: what lies behind the prefix has to go.
    this.#lists[sequence] = list.slice(0, length);
    this.#append(sequence, makePrompt(1, this.#random));
    this.#check(sequence);
  }

  #cut(sequence: number): void {
    const list = this.#listOf(sequence);
    const length = this.#random.below(list.length + 1);
    expect(this.#native.truncate(sequence, length)).toBe(true);
    this.#lists[sequence] = list.slice(0, length);
    this.#append(sequence, makePrompt(1 + this.#random.below(30), this.#random));
    this.#check(sequence);
  }

  async #keep(sequence: number): Promise<void> {
    const list = this.#listOf(sequence);
    if (list.length > 0) await this.#cache.keep(list, this.#native.save(sequence), namespace);
  }

  async #load(sequence: number): Promise<void> {
    const other = this.#listOf(this.#random.below(sequenceCount));
    const beginning = this.#random.pick([...this.#beginnings, other]);
    const cut = beginning.slice(0, 1 + this.#random.below(beginning.length + 1));
    const prompt = join(cut, makePrompt(1 + this.#random.below(20), this.#random));
    const found = this.#cache.find(prompt, namespace);
    const bytes = found && (await this.#cache.restore(found));
    if (!found || !bytes) return;
    expect(this.#native.load(sequence, bytes)).toBe(true);
    this.#lists[sequence] = prompt.slice(0, found.length);
    this.#append(sequence, prompt.slice(found.length));
    this.restores++;
    this.#check(sequence);
  }

  /** A step that was computed and then not wanted. */
  #abort(sequence: number): void {
    const list = this.#listOf(sequence);
    if (list.length + 40 > contextSize) return;
    this.#native.decode(sequence, makePrompt(40, this.#random), list.length);
    this.#native.truncate(sequence, list.length);
  }

  async #reopen(): Promise<void> {
    if (this.#random.below(4) > 0) return;
    await this.#cache.flush(10_000);
    this.#cache = await Fuzz.#open(this.#folder);
  }

  #append(sequence: number, tokens: Uint32Array): void {
    const list = this.#listOf(sequence);
    const fitting = tokens.subarray(0, contextSize - 64 - list.length);
    if (fitting.length > 0) this.#native.decode(sequence, fitting, list.length);
    this.#lists[sequence] = join(list, fitting);
  }

  /** The next token's scores against those of the token list computed from nothing. */
  #check(sequence: number): void {
    const list = this.#listOf(sequence);
    if (list.length === 0) return;
    this.#native.decode(sequence, Uint32Array.of(300), list.length);
    this.#native.truncate(sequence, list.length);
    this.#reference.clear(0);
    this.#reference.decode(0, list);
    this.#reference.decode(0, Uint32Array.of(300), list.length);
    expect(differ(this.#native.scores, this.#reference.scores)).toBeLessThan(0.01);
  }
}
