import { KvCache } from '#main/engines/llama-cpp/kv-cache/index.ts';
import { systemClock } from '#main/base/index.ts';
import { createFaultyFiles } from '#test/support/faulty-files.ts';
import { countTokens, countUp, makeStateBytes } from '#test/support/sequence-state-bytes.ts';

/** A process that keeps a conversation, lets it grow and keeps it again, and kills itself at one change of the disk. */
const [folder = '', killAt = '-1'] = process.argv.slice(2);
let count = 0;
const files = createFaultyFiles(async ({ index, halve }) => {
  count = index + 1;
  if (index !== Number(killAt)) return;
  await halve();
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => undefined);
});
const cache = await KvCache.open({
  identity: 'ab'.repeat(32),
  streamCount: 1,
  ramBytes: 0,
  disk: { folder, files },
  clock: systemClock,
});
for (const length of [300, 600]) {
  await cache.keep(countTokens(length), makeStateBytes({ positions: countUp(length) }), 'someone');
  await cache.flush(10_000);
}
process.stdout.write(`${count}\n`);
