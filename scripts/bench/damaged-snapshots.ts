import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { BenchContext } from './bench-context.ts';
import { complete, type Completion } from './completion-client.ts';
import { judgeContinuation, type ContinuationFate } from './continuation.ts';
import { damages } from './damage-file.ts';
import { mapAtOnce } from './json-client.ts';
import { RestartableArm } from './restartable-arm.ts';
import { seededRandom } from './statistics.ts';
import { makePrompt } from './token-prompts.ts';

export interface DamageResult {
  /** Files that were damaged, by kind of damage. */
  damaged: Record<string, number>;
  /** Tokens of a conversation that whole files spared after a restart: what damaged ones must not spare. */
  sparedByWhole: number;
  answers: { fate: ContinuationFate; cachedTokens: number }[];
}

export interface DamageShape {
  /** How often the server is ended, its files damaged, and started again. */
  rounds: number;
  /** Of each round, each with files of its own. */
  conversations: number;
}

const answerTokens = 24;
const promptLength = 600;
const shape = { threads: 1, slots: 2, contextSize: 1024 };

/** Every kept file is damaged; then each conversation is asked for again and must say the same, computed anew. */
export async function damageSnapshots(
  context: BenchContext,
  { rounds, conversations }: DamageShape,
  seed: number,
): Promise<DamageResult> {
  const random = seededRandom(seed);
  const result: DamageResult = { damaged: {}, sparedByWhole: 0, answers: [] };
  for (let round = 0; round < rounds; round++) {
    const arm = await RestartableArm.startImpetus(context, shape);
    try {
      const prompts = Array.from({ length: conversations }, (_, index) =>
        makePrompt(promptLength, seed + 100_000 * round + 50 * index),
      );
      const ask = (prompt: readonly number[]): Promise<Completion> =>
        complete({ url: arm.url, tokens: prompt, maxTokens: answerTokens });
      const calm = await mapAtOnce(prompts, 1, ask);
      await arm.stop();
      if (round === 0) {
        await arm.launch();
        result.sparedByWhole = (await ask(prompts[0] ?? [])).cachedTokens;
        await arm.stop();
      }
      damageFiles(path.join(arm.home, 'cache', 'kv'), random, result.damaged);
      await arm.launch();
      for (const [index, prompt] of prompts.entries()) {
        const before = calm[index];
        if (!before) continue;
        const hit = await ask(prompt).catch(() => undefined);
        const fate = await judgeContinuation({ url: arm.url, prompt, calm: before, hit });
        result.answers.push({ fate, cachedTokens: hit?.cachedTokens ?? 0 });
      }
    } finally {
      await arm.stop();
    }
  }
  return result;
}

function damageFiles(folder: string, random: () => number, counts: Record<string, number>): void {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.kv'))
    .map((name) => path.join(folder, name));
  const kinds = Object.keys(damages);
  // Another file must still be whole when it is copied: those to be copied over come first.
  const chosen = files.map((file) => ({ file, kind: kinds[Math.floor(random() * kinds.length)] ?? '' }));
  const copies = (kind: string): number => (kind === "another conversation's state" ? 0 : 1);
  for (const { file, kind } of chosen.sort((left, right) => copies(left.kind) - copies(right.kind))) {
    const other = files.find((name) => name !== file && path.dirname(name) === path.dirname(file)) ?? file;
    damages[kind]?.(file, { random, other });
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
}
