import { copyFile, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { EngineInstance, ResolvedLoadOptions } from '#main/engine-port/index.ts';
import { systemClock } from '#main/base/index.ts';
import { decodeHeader } from '#main/engines/llama-cpp/kv-cache/block-file.ts';
import { KvCache } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { longContextModelPath } from '#test/support/dev-cache.ts';
import { ask, loadLlama } from '#test/support/load-llama.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

/** Token ids of a conversation; `topic` makes conversations differ from the first token on. */
const conversation = (length: number, topic = 0): number[] =>
  Array.from({ length }, (_, index) => 1000 + ((index * 37 + topic * 1009) % 20_000));

interface Machine {
  folder: string;
  model: string;
}

async function prepare(): Promise<Machine> {
  const model = path.join(await createTempFolder(), 'model.gguf');
  await copyFile(longContextModelPath, model);
  return { folder: await createTempFolder(), model };
}

function start({ folder, model }: Machine, overrides: Partial<ResolvedLoadOptions> = {}): Promise<EngineInstance> {
  const stateCache = { memoryBytes: 0, disk: { folder, budgetBytes: null } };
  return loadLlama(model, { slots: 1, contextSize: 6144, batchSize: 512, stateCache, ...overrides });
}

async function listBlocks(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  return names.filter((name) => name.endsWith('.kv')).map((name) => path.join(folder, name));
}

/** Waits until the folder holds as many blocks. */
async function waitForBlocks(folder: string, least: number): Promise<void> {
  await expect.poll(async () => (await listBlocks(folder)).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(least);
}

async function damage(file: string): Promise<void> {
  const content = await readFile(file);
  content[content.length - 5] = (content[content.length - 5] ?? 0) ^ 16;
  await writeFile(file, content);
}

/** How much of the prompt a cache of this identity finds in the folder. */
async function findAs(identity: string, folder: string, prompt: number[]): Promise<number> {
  const cache = await KvCache.open({ identity, streamCount: 1, ramBytes: 0, disk: { folder }, clock: systemClock });
  return cache.heldLength(Uint32Array.from(prompt), 'everyone');
}

/** The identity that a block was written under. */
async function readIdentity(file = ''): Promise<string> {
  return decodeHeader(await readFile(file))?.entry.identity ?? '';
}

test(
  'a conversation of 4,000 tokens is kept on eviction, idle and unload, and comes back only where nothing differs',
  verifies(['U-02'], { breaks: 'src/main/engines/llama-cpp/kv-cache/kv-cache.ts#KvCache' }, async () => {
    const machine = await prepare();
    const calm = await start(machine, { stateCache: undefined });
    const first = await ask(calm, conversation(4000), { maxTokens: 8 });
    const next = [...conversation(4000), ...first.tokens, ...conversation(40, 5)];
    const expected = (await ask(calm, next, { maxTokens: 24 })).tokens;
    const continueIn = async (instance: EngineInstance): Promise<number> => {
      const answer = await ask(instance, next, { maxTokens: 24 });
      expect(answer.tokens).toEqual(expected);
      return answer.finish.usage.cachedTokens;
    };

    // Idle: nothing but time passes; what comes next knows only the folder.
    const idle = await start(machine);
    await ask(idle, conversation(4000), { maxTokens: 8 });
    await waitForBlocks(machine.folder, 16);
    expect(await continueIn(await start(machine))).toBe(4007);

    // Eviction: another conversation takes the only sequence.
    const evicting = await prepare();
    const busy = await start(evicting);
    await ask(busy, conversation(4000), { maxTokens: 8 });
    await ask(busy, conversation(300, 1), { maxTokens: 2 });
    await waitForBlocks(evicting.folder, 16);
    expect(await continueIn(await start(evicting))).toBe(4007);

    // Unload and quit: both dispose of the instance.
    const unloading = await prepare();
    const before = await start(unloading);
    await ask(before, conversation(4000), { maxTokens: 8 });
    await before.dispose();
    const after = await start(unloading);
    expect(await continueIn(after)).toBe(4007);
    await after.dispose();

    // A longer context of the same kind: its state is the same, as the equal answer shows.
    const longer = await start(unloading, { contextSize: 8192 });
    expect(await continueIn(longer)).toBeGreaterThanOrEqual(4007);
    await longer.dispose();

    // Another file under the same name, another build or kind of context (their hash is another identity), a damaged block.
    const { mtimeMs } = await stat(unloading.model);
    await utimes(unloading.model, mtimeMs / 1000 + 60, mtimeMs / 1000 + 60);
    expect(await continueIn(await start(unloading))).toBe(0);
    await utimes(unloading.model, mtimeMs / 1000, mtimeMs / 1000);
    const [block] = await listBlocks(machine.folder);
    expect(await findAs(await readIdentity(block), machine.folder, next)).toBeGreaterThan(4000);
    expect(await findAs('cd'.repeat(32), machine.folder, next)).toBe(0);
    for (const file of await listBlocks(unloading.folder)) await damage(file);
    expect(await continueIn(await start(unloading))).toBe(0);
    // What was computed anew is kept again.
    await waitForBlocks(unloading.folder, 16);
  }),
);
