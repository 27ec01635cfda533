import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { KvCache } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { systemClock } from '#main/base/index.ts';
import { longRun } from '#test/support/long-run.ts';
import { countTokens, countUp, makeStateBytes } from '#test/support/sequence-state-bytes.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const writer = path.join(import.meta.dirname, '../../../../support/kv-cache-writer-entry.ts');

/** Runs a process that keeps a conversation of 300, then 600 tokens; it kills itself at that change of the disk. */
function runWriter(folder: string, killAt: number): Promise<{ signal: string | null; output: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [writer, folder, String(killAt)], (_error, stdout) => {
      resolve({ signal: child.signalCode, output: stdout });
    });
  });
}

test('a process killed at any change of the disk leaves whole blocks or none', async () => {
  const { output } = await runWriter(await createTempFolder(), -1);
  const changes = Number(output);
  expect(changes).toBeGreaterThan(20);
  const lengths: number[] = [];
  for (let killAt = 0; killAt < changes; killAt += longRun ? 1 : 3) {
    const folder = path.join(await createTempFolder(), 'kv');
    expect((await runWriter(folder, killAt)).signal).toBe('SIGKILL');
    lengths.push(await restoreLength(folder));
  }
  expect(lengths[0]).toBe(0);
  expect([...lengths].sort((left, right) => left - right)).toEqual(lengths);
  expect(lengths.at(-1)).toBeGreaterThanOrEqual(512);
}, 120_000);

/** How much of the conversation comes back; it must be right, and nothing of it may be turned down. */
async function restoreLength(folder: string): Promise<number> {
  const disk = { folder };
  const cache = await KvCache.open({
    identity: 'ab'.repeat(32),
    streamCount: 1,
    ramBytes: 0,
    disk,
    clock: systemClock,
  });
  const found = cache.find(Uint32Array.from([...countTokens(600), 7, 7]), 'someone');
  const length = found?.length ?? 0;
  const bytes = found && (await cache.restore(found));
  const expected = makeStateBytes({ positions: countUp(length) });
  expect(length === 0 || (bytes && Buffer.from(bytes).equals(expected)), `${length} tokens`).toBe(true);
  expect(cache.stats().disk?.rejectedFiles).toBe(0);
  const files = await readdir(folder, { recursive: true }).catch(() => []);
  expect(files.filter((file) => file.endsWith('.tmp')).length).toBeLessThanOrEqual(1);
  return length;
}
