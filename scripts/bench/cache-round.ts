import { setTimeout as sleep } from 'node:timers/promises';
import { complete } from './completion-client.ts';
import type { RestartableArm } from './restartable-arm.ts';
import { makePrompt } from './token-prompts.ts';

/** A first token: when it came, in ms, and the share of the prompt that need not be computed. */
export interface Answer {
  ms: number;
  cachedShare: number;
}

export const cacheCases = ['cold', 'warm', 'warmAgain', 'side', 'known', 'unload', 'swap', 'restart', 'kill'] as const;
/** Ways to come to a conversation, explained where they are measured. */
export type CacheRound = Record<(typeof cacheCases)[number], Answer>;

/** What only a server with a memory on disk can show. */
export interface DiskRound {
  /** Started anew, a first request of one token: from spawning. */
  emptyStart: Answer;
  /** After that, so without the model's load: the next turn. */
  restore: Answer;
  /** After that: another conversation of the same agent. */
  known: Answer;
}

const newTokens = 16;
const sideTokens = 200;
/** A server that writes when it rests gets this long before it is killed. */
const restMs = 4000;

export interface CachePlace {
  /** Tokens of the conversation. */
  depth: number;
  /** A file that takes the model's place for a while. */
  otherModel: string;
}

/** Conversations of `depth` tokens on one arm, the same ones for every arm with this `seed`. */
export async function runCacheRound(arm: RestartableArm, place: CachePlace, seed: number): Promise<CacheRound> {
  const { depth, otherModel } = place;
  const nextTurn = converse(arm, depth, seed);
  const cold = await nextTurn();
  const warm = await nextTurn();
  const warmAgain = await nextTurn();
  await ask(arm, makePrompt(sideTokens, seed + 1));
  const side = await nextTurn();
  // Another conversation of the same agent: the same beginning, another end.
  const known = await ask(arm, [...makePrompt(depth, seed), ...makePrompt(newTokens, seed + 2)]);
  const unload = await answerAfterUnload(arm, nextTurn);
  const swap = await answerAfterSwap(arm, otherModel, nextTurn);
  const restart = await answerAfterStart(arm, () => arm.stop(), nextTurn);
  // One that no orderly end has written.
  const nextOfAnother = converse(arm, depth, seed + 3);
  await nextOfAnother();
  await sleep(restMs);
  const kill = await answerAfterStart(arm, () => arm.kill(), nextOfAnother);
  return { cold, warm, warmAgain, side, known, unload, swap, restart, kill };
}

/** After `runCacheRound` with the same depth and seed. */
export async function runDiskRound(arm: RestartableArm, depth: number, seed: number): Promise<DiskRound> {
  const askShort = (): Promise<Answer> => ask(arm, makePrompt(1, seed + 4));
  const emptyStart = await answerAfterStart(arm, () => arm.stop(), askShort);
  const restore = await ask(arm, makePrompt(depth + 10 * newTokens, seed));
  const known = await ask(arm, [...makePrompt(depth, seed), ...makePrompt(newTokens, seed + 5)]);
  return { emptyStart, restore, known };
}

/** Asks turn after turn: each adds new tokens to all that was said. */
function converse(arm: RestartableArm, depth: number, seed: number): () => Promise<Answer> {
  let length = depth;
  return () => {
    length += newTokens;
    return ask(arm, makePrompt(length, seed));
  };
}

/** From asking, the model's load included; of a server that cannot unload, from its new start. */
async function answerAfterUnload(arm: RestartableArm, nextTurn: () => Promise<Answer>): Promise<Answer> {
  return (await arm.unload()) ? nextTurn() : answerAfterStart(arm, () => arm.stop(), nextTurn);
}

/** From asking for the first model again, its load included; of a server that holds one model, from its new start. */
async function answerAfterSwap(
  arm: RestartableArm,
  otherModel: string,
  nextTurn: () => Promise<Answer>,
): Promise<Answer> {
  const model = await arm.register(otherModel);
  if (model === undefined) return answerAfterStart(arm, () => arm.stop(), nextTurn);
  await arm.unload();
  await complete({ url: arm.url, model, tokens: [3, 4, 5], maxTokens: 1 });
  const answer = await nextTurn();
  await arm.unload(model);
  return answer;
}

/** From spawning the server to the first token. */
async function answerAfterStart(
  arm: RestartableArm,
  end: () => Promise<void>,
  next: () => Promise<Answer>,
): Promise<Answer> {
  await end();
  const spawnedAt = performance.now();
  await arm.launch();
  const { cachedShare } = await next();
  return { ms: performance.now() - spawnedAt, cachedShare };
}

/** One token is asked for, so the end of the answer is the time to the first token. */
async function ask({ url }: RestartableArm, tokens: number[]): Promise<Answer> {
  const { totalMs, cachedTokens } = await complete({ url, tokens, maxTokens: 1 });
  return { ms: totalMs, cachedShare: cachedTokens / tokens.length };
}
