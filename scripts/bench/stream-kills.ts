import type { BenchContext } from './bench-context.ts';
import { complete, type Completion } from './completion-client.ts';
import { judgeContinuation, type ContinuationFate } from './continuation.ts';
import { RestartableArm } from './restartable-arm.ts';
import { seededRandom } from './statistics.ts';
import { makePrompt } from './token-prompts.ts';

export interface KilledStream {
  fate: ContinuationFate;
  /** Events before the kill. */
  events: number;
  /** The longest wait between two events, in ms. */
  gapMs: number;
}

const answerTokens = 60;
const shape = { threads: 1, slots: 2, contextSize: 1024 };
/** A file that ends its process three times is put in quarantine: that is right, and not what is measured here. */
const killsPerHome = 2;

/** Streams whose engine process gets SIGKILL after a random number of events. */
export async function killStreams(context: BenchContext, kills: number, seed: number): Promise<KilledStream[]> {
  const random = seededRandom(seed);
  const streams: KilledStream[] = [];
  while (streams.length < kills) {
    const arm = await RestartableArm.startImpetus(context, shape);
    try {
      for (let kill = 0; kill < killsPerHome && streams.length < kills; kill++) {
        const prompt = makePrompt(16 + Math.floor(random() * 400), seed + 1000 * streams.length);
        streams.push(await killOne(arm, prompt, 1 + Math.floor(random() * (answerTokens - 5))));
      }
    } finally {
      await arm.stop();
    }
  }
  return streams;
}

async function killOne(arm: RestartableArm, prompt: readonly number[], events: number): Promise<KilledStream> {
  const request = { url: arm.url, tokens: prompt, maxTokens: answerTokens };
  const calm = await complete(request);
  const pid = await arm.enginePid();
  if (pid === undefined) throw new Error('The model is in no process of its own.');
  const times: number[] = [];
  const onEvent = (): void => {
    times.push(performance.now());
    if (times.length === events) process.kill(pid, 'SIGKILL');
  };
  const hit: Completion | undefined = await complete({ ...request, onEvent }).catch(() => undefined);
  if (times.length < events) throw new Error(`The stream ended after ${times.length} events, before its kill.`);
  const fate = await judgeContinuation({ url: arm.url, prompt, calm, hit });
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
  return { fate, events, gapMs: Math.max(...gaps) };
}
