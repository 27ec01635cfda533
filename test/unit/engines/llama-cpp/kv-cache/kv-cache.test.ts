import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { KvCache, type KvCacheOptions } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { FakeClock, settle } from '#test/support/fake-clock.ts';
import { longRun } from '#test/support/long-run.ts';
import { createFaultyFiles } from '#test/support/faulty-files.ts';
import { countTokens, countUp, makeStateBytes } from '#test/support/sequence-state-bytes.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const identity = 'ab'.repeat(32);
const join = (...parts: Uint32Array[]): Uint32Array => Uint32Array.from(parts.flatMap((part) => [...part]));
const stateOf = (length: number): Uint8Array => makeStateBytes({ positions: countUp(length) });
/** A prompt that begins with the tokens 1 to `length`. */
const promptAfter = (length: number): Uint32Array => join(countTokens(length), countTokens(50, 90_000));

async function openCache(options: Partial<KvCacheOptions> = {}): Promise<KvCache> {
  return KvCache.open({ identity, streamCount: 1, ramBytes: 0, disk: undefined, clock: new FakeClock(), ...options });
}

async function keep(cache: KvCache, length: number, namespace = 'someone'): Promise<void> {
  await cache.keep(countTokens(length), stateOf(length), namespace);
  await cache.flush(10_000);
}

async function restore(cache: KvCache, prompt: Uint32Array, namespace = 'someone'): Promise<Buffer | undefined> {
  const found = cache.find(prompt, namespace);
  const bytes = found && (await cache.restore(found));
  return bytes && Buffer.from(bytes);
}

async function listFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files: string[] = [];
  for (const name of names) if ((await stat(path.join(folder, name))).isFile()) files.push(path.join(folder, name));
  return files.sort();
}

describe.each(['ram', 'disk', 'disk after a restart'])('what is kept in %s', (place) => {
  async function openBoth(options: Partial<KvCacheOptions> = {}): Promise<() => Promise<KvCache>> {
    const folder = path.join(await createTempFolder(), 'kv');
    const where = place === 'ram' ? { ramBytes: 1e6 } : { disk: { folder } };
    const first = await openCache({ ...where, ...options });
    let isFirst = true;
    return async () => {
      const isAgain = !isFirst && place === 'disk after a restart';
      isFirst = false;
      return isAgain ? openCache({ ...where, ...options }) : first;
    };
  }

  test('is restored as it was saved', async () => {
    const cache = await openBoth();
    await keep(await cache(), 600);
    expect(await restore(await cache(), promptAfter(600))).toEqual(Buffer.from(stateOf(600)));
  });

  test('is restored up to where a prompt goes another way', async () => {
    const cache = await openBoth();
    await keep(await cache(), 600);
    expect(await restore(await cache(), promptAfter(300))).toEqual(Buffer.from(stateOf(300)));
    expect(await restore(await cache(), promptAfter(512))).toEqual(Buffer.from(stateOf(512)));
  });

  test('leaves one token of the prompt to compute', async () => {
    const cache = await openBoth();
    await keep(await cache(), 600);
    expect((await cache()).find(countTokens(600), 'someone')?.length).toBe(599);
  });

  test('is another caller’s only in his own namespace', async () => {
    const cache = await openBoth();
    await keep(await cache(), 600);
    expect((await cache()).find(promptAfter(600), 'someone else')).toBeUndefined();
    expect((await cache()).heldLength(countTokens(600), 'someone else')).toBe(0);
  });

  test('is written once, and only its end again when it grows', async () => {
    const cache = await openBoth();
    const kept = await cache();
    await keep(kept, 600);
    await keep(kept, 600);
    expect(kept.stats()).toMatchObject({ keptBlocks: 3, entries: 3 });
    await keep(kept, 700);
    expect(kept.stats()).toMatchObject({ keptBlocks: 4, entries: 3 });
    expect(await restore(await cache(), promptAfter(700))).toEqual(Buffer.from(stateOf(700)));
  });

  test('shares its beginning with other conversations', async () => {
    const cache = await openBoth();
    const kept = await cache();
    await keep(kept, 600);
    const other = join(countTokens(520), countTokens(100, 5000));
    await kept.keep(other, stateOf(620), 'someone');
    expect(kept.stats()).toMatchObject({ keptBlocks: 4, entries: 4 });
    expect(kept.find(join(other, countTokens(9, 1)), 'someone')?.length).toBe(620);
  });

  test('is gone after clear', async () => {
    const cache = await openBoth();
    const kept = await cache();
    await keep(kept, 600);
    await keep(kept, 400, 'someone else');
    await kept.clear('someone');
    expect((await cache()).find(promptAfter(600), 'someone')).toBeUndefined();
    expect((await cache()).find(promptAfter(400), 'someone else')?.length).toBe(400);
    await (await cache()).clear();
    expect((await cache()).find(promptAfter(400), 'someone else')).toBeUndefined();
  });

  test('moves into a context with another number of sequences', async () => {
    const cache = await openBoth({ streamCount: 4 });
    await keep(await cache(), 300);
    const expected = makeStateBytes({ positions: countUp(300), streamCount: 4, sequence: 0 });
    expect(await restore(await cache(), promptAfter(300))).toEqual(Buffer.from(expected));
  });

  test('of a sliding-window model goes on only from where it was saved', async () => {
    const cache = await openBoth();
    const bytes = makeStateBytes({ positions: countUp(512), windowPositions: countUp(64, 448) });
    const kept = await cache();
    await kept.keep(countTokens(512), bytes, 'someone');
    await kept.flush(10_000);
    expect(await restore(await cache(), promptAfter(512))).toEqual(Buffer.from(bytes));
    expect((await cache()).find(promptAfter(500), 'someone')).toBeUndefined();
    expect((await cache()).sharedLength(promptAfter(500), 'someone')).toBe(500);
  });

  test('of a model that cannot be cut goes on only from where it was saved', async () => {
    const cache = await openBoth();
    const bytes = makeStateBytes({ positions: countUp(300), isTransposed: true });
    const kept = await cache();
    await kept.keep(countTokens(300), bytes, 'someone');
    await kept.flush(10_000);
    expect(await restore(await cache(), promptAfter(300))).toEqual(Buffer.from(bytes));
    expect((await cache()).find(promptAfter(299), 'someone')).toBeUndefined();
  });
});

test('a whole state fits only contexts with the same number of sequences', async () => {
  const folder = await createTempFolder();
  const bytes = (streamCount: number): Uint8Array =>
    makeStateBytes({ positions: countUp(300), isTransposed: true, streamCount });
  for (const streamCount of [1, 4]) {
    const cache = await openCache({ disk: { folder }, streamCount });
    expect(cache.find(promptAfter(300), 'someone')).toBeUndefined();
    await cache.keep(countTokens(300), bytes(streamCount), 'someone');
    await cache.flush(10_000);
    expect(await restore(cache, promptAfter(300))).toEqual(Buffer.from(bytes(streamCount)));
  }
});

test('blocks of different layouts are never put together', async () => {
  const cache = await openCache({ ramBytes: 1e6 });
  await keep(cache, 256);
  await cache.keep(countTokens(600), makeStateBytes({ positions: countUp(600), rowBytes: [4, 3] }), 'someone');
  expect(cache.find(promptAfter(600), 'someone')?.length).toBe(600);
  expect(await restore(cache, promptAfter(600))).toBeUndefined();
  expect(cache.find(promptAfter(600), 'someone')?.length).toBe(512);
  expect(await restore(cache, promptAfter(600))).toBeUndefined();
  expect(await restore(cache, promptAfter(600))).toEqual(Buffer.from(stateOf(256)));
});

test('a state of another length than its tokens is not kept', async () => {
  const cache = await openCache({ ramBytes: 1e6 });
  await cache.keep(countTokens(299), stateOf(300), 'someone');
  expect(cache.stats().entries).toBe(0);
});

describe('a window from which two conversations branch', () => {
  const windowed = (length: number): Uint8Array =>
    makeStateBytes({ positions: countUp(length), windowPositions: countUp(64, length - 64) });

  test('goes when its only conversation grows past it', async () => {
    const cache = await openCache({ ramBytes: 1e6 });
    await cache.keep(countTokens(300), windowed(300), 'someone');
    await cache.keep(countTokens(350), windowed(350), 'someone');
    expect(cache.stats().entries).toBe(2);
    expect(cache.find(promptAfter(350), 'someone')?.length).toBe(350);
  });

  test('stays when one of them grows past it', async () => {
    const cache = await openCache({ ramBytes: 1e6 });
    await cache.keep(countTokens(300), windowed(300), 'someone');
    await cache.keep(join(countTokens(300), countTokens(50, 7000)), windowed(350), 'someone');
    await cache.keep(countTokens(300), windowed(300), 'someone');
    await cache.keep(join(countTokens(300), countTokens(60, 8000)), windowed(360), 'someone');
    expect(cache.find(promptAfter(300), 'someone')?.length).toBe(300);
  });
});

describe('on disk', () => {
  test('folders are 0700, files 0600, and names tell nothing', async () => {
    const folder = path.join(await createTempFolder(), 'kv');
    await keep(await openCache({ disk: { folder } }), 600, '../../etc');
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    const files = await listFiles(folder);
    expect(files).toHaveLength(3);
    for (const file of files) {
      expect(path.relative(folder, file)).toMatch(/^[0-9a-f]{32}\/[0-9a-f]{32}\/[0-9a-f]{64}\.kv$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    }
  });

  test('nothing is written when the disk is switched off', async () => {
    const cache = await openCache({ ramBytes: 1e6 });
    await keep(cache, 600);
    expect(cache.stats().disk).toBeUndefined();
  });

  test('another model never sees it', async () => {
    const folder = await createTempFolder();
    await keep(await openCache({ disk: { folder } }), 600);
    const other = await openCache({ disk: { folder }, identity: 'cd'.repeat(32) });
    expect(other.find(promptAfter(600), 'someone')).toBeUndefined();
  });

  test('the budget holds, and what was used longest ago is gone', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    const cache = await openCache({ disk: { folder, budgetBytes: 30_000 }, clock });
    for (let conversation = 1; conversation <= 6; conversation++) {
      await cache.keep(countTokens(500, conversation * 1000), stateOf(500), 'someone');
      await cache.flush(10_000);
      clock.skip(3_600_000);
    }
    const sizes = await Promise.all((await listFiles(folder)).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(30_000);
    const held = countUp(6, 1).map((conversation) =>
      cache.heldLength(countTokens(500, conversation * 1000), 'someone'),
    );
    expect(held.at(-1)).toBe(500);
    expect(held[0]).toBe(0);
    expect(cache.stats().disk?.bytes).toBeLessThanOrEqual(30_000);
  });

  test('an agent’s beginning outlives newer conversations that are used once', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    const cache = await openCache({ disk: { folder, budgetBytes: 60_000 }, clock });
    for (const task of [50_000, 60_000]) {
      await cache.keep(join(countTokens(1024), countTokens(100, task)), stateOf(1124), 'someone');
      await cache.flush(10_000);
      clock.skip(60_000);
    }
    for (let conversation = 1; conversation <= 8; conversation++) {
      await cache.keep(countTokens(1000, conversation * 100_000), stateOf(1000), 'someone');
      await cache.flush(10_000);
      clock.skip(60_000);
    }
    expect(cache.heldLength(promptAfter(1024), 'someone')).toBeGreaterThanOrEqual(1024);
  });

  test('a beginning that was shared stays shared after a restart', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    const disk = { folder, budgetBytes: 60_000 };
    const first = await openCache({ disk, clock });
    for (const task of [50_000, 60_000]) {
      await first.keep(join(countTokens(1024), countTokens(100, task)), stateOf(1124), 'someone');
      await first.flush(10_000);
    }
    for (let conversation = 1; conversation <= 8; conversation++) {
      clock.skip(60_000);
      const cache = await openCache({ disk, clock });
      await cache.keep(countTokens(1000, conversation * 100_000), stateOf(1000), 'someone');
      await cache.flush(10_000);
    }
    expect((await openCache({ disk, clock })).heldLength(promptAfter(1024), 'someone')).toBeGreaterThanOrEqual(1024);
    expect((await listFiles(folder)).filter((file) => file.endsWith('.shared'))).toHaveLength(1);
  });

  test('models that share a folder share its budget', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    const disk = { folder, budgetBytes: 20_000 };
    const first = await openCache({ disk, clock });
    await keep(first, 600);
    clock.skip(60_000);
    await keep(await openCache({ disk, clock, identity: 'cd'.repeat(32) }), 1000);
    const sizes = await Promise.all((await listFiles(folder)).map(async (file) => (await stat(file)).size));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(20_000);
    expect(await restore(first, promptAfter(600))).toBeUndefined();
  });

  test('two processes share a folder: what one evicts is a miss for the other', async () => {
    const folder = await createTempFolder();
    const first = await openCache({ disk: { folder } });
    await keep(first, 600);
    const second = await openCache({ disk: { folder } });
    await second.clear();
    expect(await restore(first, promptAfter(600))).toBeUndefined();
    expect(first.find(promptAfter(600), 'someone')).toBeUndefined();
  });

  test('both write the same block: it is there once and whole', async () => {
    const folder = await createTempFolder();
    const caches = await Promise.all([openCache({ disk: { folder } }), openCache({ disk: { folder } })]);
    await Promise.all(caches.map((cache) => keep(cache, 600)));
    expect(await listFiles(folder)).toHaveLength(3);
    expect(await restore(await openCache({ disk: { folder } }), promptAfter(600))).toEqual(Buffer.from(stateOf(600)));
  });

  test('what a dead process left half-written is removed after a while', async () => {
    const folder = await createTempFolder();
    await keep(await openCache({ disk: { folder } }), 300);
    const [file = ''] = await listFiles(folder);
    await writeFile(`${file}.1-abc.tmp`, 'half');
    const clock = { now: () => Date.now(), monotonic: () => 0, setTimer: () => () => undefined };
    await openCache({ disk: { folder }, clock });
    expect(await listFiles(folder)).toHaveLength(3);
    await openCache({ disk: { folder }, clock: { ...clock, now: () => Date.now() + 3_600_000 } });
    expect(await listFiles(folder)).toHaveLength(2);
  });

  test('looking through the folder ends in time: what was not seen is a miss', async () => {
    const folder = await createTempFolder();
    await keep(await openCache({ disk: { folder } }), 3000);
    let looks = 0;
    const clock = { now: () => Date.now(), monotonic: () => (looks++ > 5 ? 2001 : 0), setTimer: () => () => undefined };
    const cache = await openCache({ disk: { folder }, clock });
    expect(cache.stats().entries).toBe(5);
    expect(await listFiles(folder)).toHaveLength(12);
  });

  test('a folder that cannot be read is an empty one', async () => {
    const folder = await createTempFolder();
    await writeFile(path.join(folder, 'kv'), 'not a folder');
    const cache = await openCache({ disk: { folder: path.join(folder, 'kv') } });
    await keep(cache, 600);
    expect(cache.find(promptAfter(600), 'someone')).toBeUndefined();
    expect(cache.stats().disk?.failedWrites).toBeGreaterThan(0);
  });

  test('what is not written by the deadline is given up', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    const door = Promise.withResolvers<void>();
    const files = createFaultyFiles(async ({ name }) => (name === 'sync' ? door.promise : undefined));
    const cache = await openCache({ disk: { folder, files }, clock });
    await cache.keep(countTokens(600), stateOf(600), 'someone');
    const flushed = cache.flush(500);
    await settle();
    await clock.advance(500);
    expect(await flushed).toBe(false);
    door.resolve();
    expect(await cache.flush(500)).toBe(true);
    expect(cache.stats().disk).toMatchObject({ writtenBlocks: 1, pendingBytes: 0 });
  });

  test('a queue with little room takes a long conversation all the same', async () => {
    const folder = await createTempFolder();
    const cache = await openCache({ disk: { folder, queueBytes: 4000 }, ramBytes: 4000 });
    await keep(cache, 3000);
    expect(await restore(cache, promptAfter(3000))).toEqual(Buffer.from(stateOf(3000)));
  });

  test('conversations kept at once with little room are all found', async () => {
    const folder = await createTempFolder();
    const cache = await openCache({ disk: { folder, queueBytes: 4000 }, ramBytes: 4000 });
    const keepFrom = (first: number): Promise<void> => cache.keep(countTokens(1000, first), stateOf(1000), 'someone');
    await Promise.all([10_000, 20_000, 30_000].map(keepFrom));
    await cache.flush(10_000);
    const lengths = [10_000, 20_000, 30_000].map((first) => cache.heldLength(countTokens(1000, first), 'someone'));
    expect(lengths).toEqual([1000, 1000, 1000]);
  });

  test('a file gets its name when all of it is synced', async () => {
    const names: string[] = [];
    const files = createFaultyFiles(async ({ name }) => void names.push(name));
    await keep(await openCache({ disk: { folder: await createTempFolder(), files } }), 256);
    expect(names.slice(-7)).toEqual(['create', 'write', 'write', 'utimes', 'sync', 'close', 'rename']);
  });

  test.each([4000, 1_000_000])(
    'what is being kept while everything is cleared is not kept (%i bytes of room)',
    async (queueBytes) => {
      const folder = await createTempFolder();
      const cache = await openCache({ disk: { folder, queueBytes }, ramBytes: 1e6 });
      const keeping = cache.keep(countTokens(8000), stateOf(8000), 'someone');
      await settle();
      await cache.clear();
      await keeping;
      await cache.flush(10_000);
      expect(await listFiles(folder)).toEqual([]);
      expect(cache.find(promptAfter(8000), 'someone')).toBeUndefined();
    },
  );
});

describe('a damaged block is a miss and nothing else', () => {
  async function keepOne(): Promise<{ folder: string; file: string; content: Buffer }> {
    const folder = await createTempFolder();
    await keep(await openCache({ disk: { folder } }), 256);
    const [file = ''] = await listFiles(folder);
    return { folder, file, content: await readFile(file) };
  }

  /** For a process that knew the block before it was damaged, and for one that comes later. */
  async function expectMiss(folder: string, damage: () => Promise<void>, name: string): Promise<void> {
    const [file = ''] = await listFiles(folder);
    const content = await readFile(file);
    const known = await openCache({ disk: { folder } });
    const found = known.find(promptAfter(256), 'someone');
    expect(found?.length, name).toBe(256);
    await damage();
    expect(found && (await known.restore(found)), name).toBeUndefined();
    expect(known.find(promptAfter(256), 'someone'), name).toBeUndefined();
    await writeFile(file, content);
    await damage();
    expect(await restore(await openCache({ disk: { folder } }), promptAfter(256)), name).toBeUndefined();
  }

  test('cut off at every length', async () => {
    const { folder, file, content } = await keepOne();
    for (let length = 0; length < content.length; length += longRun ? 1 : 41) {
      await writeFile(file, content);
      await expectMiss(folder, () => writeFile(file, content.subarray(0, length)), `${length} bytes`);
    }
    await writeFile(file, content);
    await expectMiss(folder, () => writeFile(file, Buffer.concat([content, Buffer.alloc(1)])), 'one byte more');
  }, 600_000);

  test('with any bit of its header turned', async () => {
    const { folder, file, content } = await keepOne();
    const headerBytes = content.readUInt32LE(12) + 32;
    for (let bit = 0; bit < headerBytes * 8; bit += longRun ? 1 : 61) {
      await writeFile(file, content);
      await expectMiss(folder, () => writeFile(file, flip(content, bit)), `bit ${bit}`);
    }
  }, 600_000);

  test('with a bit of its rows turned', async () => {
    const { folder, file, content } = await keepOne();
    const headerBytes = content.readUInt32LE(12) + 32;
    for (let bit = headerBytes * 8; bit < content.length * 8; bit += longRun ? 3 : 503) {
      await writeFile(file, content);
      await expectMiss(folder, () => writeFile(file, flip(content, bit)), `bit ${bit}`);
    }
  }, 600_000);

  test('replaced by another block of the same model', async () => {
    const { folder, file } = await keepOne();
    const elsewhere = await createTempFolder();
    const cache = await openCache({ disk: { folder: elsewhere } });
    await cache.keep(countTokens(256, 5000), stateOf(256), 'someone');
    await cache.flush(10_000);
    const [other = ''] = await listFiles(elsewhere);
    await expectMiss(folder, async () => writeFile(file, await readFile(other)), 'another block');
  });

  test('unreadable', async () => {
    const { folder, file } = await keepOne();
    if (process.getuid?.() === 0) return;
    await expectMiss(folder, () => chmod(file, 0), 'no permission');
  });

  test('in the middle of a conversation: what lies before it is still found', async () => {
    const folder = await createTempFolder();
    const cache = await openCache({ disk: { folder } });
    await keep(cache, 1000);
    const found = cache.find(promptAfter(1000), 'someone');
    const second = found?.parts[1]?.entry.key ?? '';
    const file = (await listFiles(folder)).find((name) => name.includes(second)) ?? '';
    await writeFile(file, flip(await readFile(file), 15_000));
    expect(found && (await cache.restore(found))).toBeUndefined();
    expect(await restore(cache, promptAfter(1000))).toEqual(Buffer.from(stateOf(256)));
  });
});

describe('a disk that is full', () => {
  test('at whichever change: what was kept is restored right or not at all, and memory still has it', async () => {
    for (let failAt = 0; failAt < 40; failAt += longRun ? 1 : 2) {
      const folder = await createTempFolder();
      const files = createFaultyFiles(async ({ index, halve }) => {
        if (index !== failAt) return;
        await halve();
        throw Object.assign(new Error('No space left on device.'), { code: 'ENOSPC' });
      });
      const cache = await openCache({ disk: { folder, files }, ramBytes: 1e6 });
      await keep(cache, 300);
      await keep(cache, 600);
      expect(await restore(cache, promptAfter(600))).toEqual(Buffer.from(stateOf(600)));
      const fresh = await openCache({ disk: { folder } });
      const length = fresh.find(promptAfter(600), 'someone')?.length ?? 0;
      expect((await restore(fresh, promptAfter(600))) ?? 'none').toEqual(
        length === 0 ? 'none' : Buffer.from(stateOf(length)),
      );
      expect((await listFiles(folder)).filter((file) => file.endsWith('.tmp'))).toEqual([]);
    }
  }, 600_000);

  test('is left alone for half a minute', async () => {
    const folder = await createTempFolder();
    const clock = new FakeClock();
    let attempts = 0;
    const files = createFaultyFiles(async ({ name }) => {
      if (name !== 'create') return;
      attempts++;
      throw Object.assign(new Error('No space left on device.'), { code: 'ENOSPC' });
    });
    const cache = await openCache({ disk: { folder, files }, clock });
    await keep(cache, 2000);
    expect(attempts).toBe(1);
    expect(cache.stats()).toMatchObject({ entries: 0 });
    clock.skip(30_000);
    await keep(cache, 300);
    expect(attempts).toBe(2);
  });
});

function flip(content: Buffer, bit: number): Buffer {
  const changed = Buffer.from(content);
  changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return changed;
}
