import { seededRandom } from './statistics.ts';
import { makePrompt } from './token-prompts.ts';

/** Lengths in tokens. */
export interface TraceShape {
  turns: number;
  /** The agent's system prompt and tools, the same in all its conversations. */
  system: number;
  /** What a user or a tool adds to the conversation, half to one and a half of it. */
  block: number;
  answer: number;
  /** Instructions of the small helpers: title and summary. */
  side: number;
  subAgent: { system: number; turns: number };
}

export interface TraceRequest {
  kind: 'turn' | 'title' | 'summary' | 'sub-agent';
  prompt: readonly number[];
  /** Tokens of the forced answer. */
  answer: number;
}

/** Requests that are sent together. The next step begins when all of them have been answered. */
export type TraceStep = readonly TraceRequest[];

export interface TraceSeeds {
  /** Conversations of one agent share its system prompts. */
  agent: number;
  conversation: number;
}

/** Every answer consists of this token: " the" of SmolLM2's vocabulary. */
export const answerToken = 260;
const titleAnswer = 8;
/** Turns after which the sub-agent works; the title is asked for beside turn 2, the summary half-way. */
const turnsBeforeSubAgent = 6;

/**
 * One conversation as agents hold it: every turn sends all that was said before, its answer included. Beside them a
 * title, a summary of the whole conversation, and a sub-agent with a system prompt of its own for which the turns wait.
 */
export function makeTrace(shape: TraceShape, seeds: TraceSeeds): TraceStep[] {
  const { turns, system, side } = shape;
  const blocks = makeBlocks(shape, turns, seeds.conversation);
  const history = makePrompt(system, seeds.agent);
  const steps: TraceStep[] = [];
  for (const [turn, block] of blocks.entries()) {
    history.push(...block);
    const step: TraceRequest[] = [{ kind: 'turn', prompt: [...history], answer: shape.answer }];
    if (turn === 1) {
      const prompt = [...makePrompt(side, seeds.agent + 1), ...(blocks[0] ?? [])];
      step.push({ kind: 'title', prompt, answer: titleAnswer });
    }
    if (turn === Math.floor(turns / 2)) {
      const prompt = [...history.slice(0, -block.length), ...makePrompt(side, seeds.agent + 2)];
      step.push({ kind: 'summary', prompt, answer: shape.answer });
    }
    steps.push(step);
    history.push(...answerOf(shape.answer));
    if (turn === turnsBeforeSubAgent - 1) steps.push(...makeSubAgent(shape, seeds));
  }
  return steps;
}

/** The tokens of a forced answer. */
export function answerOf(length: number): number[] {
  return Array.from({ length }, () => answerToken);
}

function makeSubAgent({ subAgent, ...shape }: TraceShape, seeds: TraceSeeds): TraceStep[] {
  const history = makePrompt(subAgent.system, seeds.agent + 3);
  return makeBlocks(shape, subAgent.turns, seeds.conversation + 1).map((block) => {
    history.push(...block);
    const step: TraceStep = [{ kind: 'sub-agent', prompt: [...history], answer: shape.answer }];
    history.push(...answerOf(shape.answer));
    return step;
  });
}

function makeBlocks({ block }: Pick<TraceShape, 'block'>, count: number, seed: number): number[][] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) =>
    makePrompt(Math.round(block * (0.5 + random())), seed + 10 * (index + 1)),
  );
}
