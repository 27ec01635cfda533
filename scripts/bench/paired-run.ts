import type { Arm } from './server-arm.ts';

/** What one block of work on one arm cost. */
export interface Block {
  wallMs: number;
  cpuMs: number;
  /** Tokens the work is counted in; 1 for latencies. */
  units: number;
  /** What the arm answered, to void rows whose arms disagree. */
  text?: string;
}

/** Time per unit of each pair, first arm and second. */
export interface PairedResult {
  wall: [number, number][];
  cpu: [number, number][];
  /** True when a pair's answers differed: the arms did not do the same work. */
  differs: boolean;
}

/** Work to be timed; `round` is the same for both arms of a pair, so that they get the same prompts. */
export type Work = (arm: Arm, round: number) => Promise<Block>;

/** Pairs before the first that counts. */
const warmUpPairs = 1;

/** Blocks in the order A B B A A B …, so that drift of the machine falls on both arms alike. */
export async function runPaired(arms: readonly [Arm, Arm], pairs: number, work: Work): Promise<PairedResult> {
  const result: PairedResult = { wall: [], cpu: [], differs: false };
  for (const [first, second] of await runInPairs(arms, pairs, (arm, round) => timed(arm, round, work))) {
    result.wall.push([first.wallMs / first.units, second.wallMs / second.units]);
    result.cpu.push([first.cpuMs / first.units, second.cpuMs / second.units]);
    result.differs ||= first.text !== second.text;
  }
  return result;
}

/** The same order for any work and any arms; what it gives, in pairs of first and second arm, without the warm-up. */
export async function runInPairs<A, T>(
  arms: readonly [A, A],
  pairs: number,
  work: (arm: A, round: number) => Promise<T>,
): Promise<[T, T][]> {
  const results: [T, T][] = [];
  for (let round = -warmUpPairs; round < pairs; round++) {
    const isSwapped = round % 2 !== 0;
    const earlier = await work(arms[isSwapped ? 1 : 0], round);
    const later = await work(arms[isSwapped ? 0 : 1], round);
    if (round >= 0) results.push(isSwapped ? [later, earlier] : [earlier, later]);
  }
  return results;
}

async function timed(arm: Arm, round: number, work: Work): Promise<Block> {
  const cpuBefore = arm.cpuSeconds();
  const block = await work(arm, round);
  return { ...block, cpuMs: (arm.cpuSeconds() - cpuBefore) * 1000 };
}
