import { describe, expect, test } from 'vitest';
import { hashModelIdentity, type ModelIdentity } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { RamTier } from '#main/engines/llama-cpp/kv-cache/ram-tier.ts';
import { RestoreRule } from '#main/engines/llama-cpp/kv-cache/restore-rule.ts';
import { WriteQueue, type WriteJob } from '#main/engines/llama-cpp/kv-cache/write-queue.ts';
import { settle } from '#test/support/fake-clock.ts';

describe('rows in memory', () => {
  const open = (): { ram: RamTier; evicted: string[] } => {
    const evicted: string[] = [];
    return { ram: new RamTier({ budgetBytes: 30, onEvict: (key) => evicted.push(key) }), evicted };
  };

  test('what was used longest ago leaves first', () => {
    const { ram, evicted } = open();
    for (const key of ['a', 'b', 'c']) ram.put(key, new Uint8Array(10));
    ram.touch(['a']);
    ram.put('d', new Uint8Array(15));
    expect(evicted).toEqual(['b', 'c']);
    expect(ram.bytes).toBe(25);
  });

  test('of a chain the end leaves first', () => {
    const { ram, evicted } = open();
    for (const key of ['a', 'b', 'c']) ram.put(key, new Uint8Array(10));
    ram.touch(['a', 'b', 'c']);
    ram.put('d', new Uint8Array(10));
    expect(evicted).toEqual(['c']);
  });

  test('what is larger than the budget is not taken', () => {
    const { ram, evicted } = open();
    ram.put('a', new Uint8Array(10));
    expect(ram.put('b', new Uint8Array(31))).toBe(false);
    expect([ram.has('a'), ram.has('b'), evicted.length]).toEqual([true, false, 0]);
  });
});

describe('writes that wait', () => {
  const open = (): {
    queue: WriteQueue<WriteJob>;
    written: string[];
    failed: string[];
    finish: () => Promise<void>;
  } => {
    const written: string[] = [];
    const failed: string[] = [];
    const doors: (() => void)[] = [];
    const queue = new WriteQueue<WriteJob>({
      limitBytes: 20,
      write: async ({ key }) => {
        await new Promise<void>((resolve) => doors.push(resolve));
        written.push(key);
        return key !== 'bad';
      },
      onFailed: ({ key }) => failed.push(key),
    });
    const finish = async (): Promise<void> => {
      doors.shift()?.();
      await settle();
    };
    return { queue, written, failed, finish };
  };

  test('go one after the other, each key once', async () => {
    const { queue, written, finish } = open();
    for (const key of ['a', 'b', 'a', 'b']) await queue.add({ key, bytes: 10 });
    for (let round = 0; round < 4; round++) await finish();
    expect(written).toEqual(['a', 'b']);
    expect(queue.bytes).toBe(0);
  });

  test('hold back whoever adds more than there is room for', async () => {
    const { queue, finish } = open();
    await queue.add({ key: 'a', bytes: 15 });
    let isTaken = false;
    const added = queue.add({ key: 'b', bytes: 15 }).then(() => (isTaken = true));
    await settle();
    expect(isTaken).toBe(false);
    await finish();
    await added;
    expect(queue.get('b')?.bytes).toBe(15);
  });

  test('take a job larger than all room when nothing else waits', async () => {
    const { queue, finish, written } = open();
    await queue.add({ key: 'a', bytes: 500 });
    await finish();
    expect(written).toEqual(['a']);
  });

  test('tell which job failed once they hold it no more', async () => {
    const { queue, finish, failed } = open();
    await queue.add({ key: 'bad', bytes: 5 });
    await finish();
    expect([failed, queue.bytes, queue.get('bad')]).toEqual([['bad'], 0, undefined]);
  });

  test('can be called off until they begin', async () => {
    const { queue, finish, written } = open();
    await queue.add({ key: 'a', bytes: 5 });
    await queue.add({ key: 'b', bytes: 5 });
    queue.cancel(() => true);
    await finish();
    await queue.drain();
    expect(written).toEqual(['a']);
  });
});

describe('whether to restore or to compute', () => {
  test('a slow disk loses to a fast prefill and wins against a slow one', () => {
    const rule = new RestoreRule();
    for (let round = 0; round < 40; round++) rule.observeRestore('disk', 100_000_000, 1000);
    rule.observePrefill(1000, 100);
    expect(rule.isWorthwhile(500, { ram: 0, disk: 50_000_000 })).toBe(false);
    for (let round = 0; round < 40; round++) rule.observePrefill(1000, 10_000);
    expect(rule.isWorthwhile(500, { ram: 0, disk: 50_000_000 })).toBe(true);
  });

  test('only tokens that are not held anyway count', () => {
    const rule = new RestoreRule();
    rule.observePrefill(1000, 1000);
    expect(rule.isWorthwhile(400, { ram: 100_000_000, disk: 0 })).toBe(true);
    expect(rule.isWorthwhile(50, { ram: 100_000_000, disk: 0 })).toBe(false);
    expect(rule.isWorthwhile(0, { ram: 0, disk: 0 })).toBe(false);
  });
});

describe('the identity of a model', () => {
  const fileA = { sizeBytes: 3, modifiedMs: 6, headerSha256: 'aa' };
  const fileC = { sizeBytes: 9, modifiedMs: 9, headerSha256: 'cc' };
  const identity: ModelIdentity = {
    files: [fileA, { sizeBytes: 5, modifiedMs: 7, headerSha256: 'bb' }],
    adapters: [{ file: fileC, scale: 1 }],
    overrides: { 'llama.rope.freq_base': 10_000 },
    keyType: 'f16',
    valueType: 'f16',
    flashAttention: true,
    fullSlidingWindow: false,
    rope: { scaling: 'none', base: 10_000, scale: 1 },
    library: 'node-llama-cpp 3.22.1',
    backend: 'cpu',
    processorVariant: 'zen4',
  };
  const changes: Partial<ModelIdentity>[] = [
    { files: [fileA, { sizeBytes: 5, modifiedMs: 8, headerSha256: 'bb' }] },
    { files: [fileA] },
    { adapters: [] },
    { adapters: [{ file: fileC, scale: 0.5 }] },
    { overrides: {} },
    { keyType: 'q8_0' },
    { valueType: 'q8_0' },
    { flashAttention: false },
    { fullSlidingWindow: true },
    { rope: { scaling: 'yarn', base: 10_000, scale: 1 } },
    { library: 'node-llama-cpp 3.22.2' },
    { backend: 'cuda' },
    { processorVariant: 'haswell' },
  ];

  test('is another one as soon as anything differs that changes the state', () => {
    const hashes = [identity, ...changes.map((change) => ({ ...identity, ...change }))].map(hashModelIdentity);
    expect(new Set(hashes).size).toBe(changes.length + 1);
  });

  test('does not depend on the order in which it was written down', () => {
    const reversed = Object.fromEntries(Object.entries(identity).toReversed()) as unknown as ModelIdentity;
    expect(hashModelIdentity(reversed)).toBe(hashModelIdentity(identity));
  });
});
