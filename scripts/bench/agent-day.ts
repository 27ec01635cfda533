import { answerOf, answerToken, makeTrace, type TraceRequest, type TraceShape, type TraceStep } from './agent-trace.ts';
import { complete, type Completion } from './completion-client.ts';
import { PrefixTrie } from './prefix-trie.ts';
import type { RestartableArm } from './restartable-arm.ts';

/** One request of a trace, as its client saw it. */
export interface MeasuredRequest {
  kind: TraceRequest['kind'];
  firstTextMs: number;
}

export interface MeasuredTrace {
  wallMs: number;
  cpuSeconds: number;
  requests: MeasuredRequest[];
}

export interface MeasuredDay {
  /** Two conversations of one agent, one of another. */
  traces: MeasuredTrace[];
  /** A third conversation of the first agent; the server is ended and started again in its middle. */
  interrupted: MeasuredTrace;
  /** Tokens that a server which forgets nothing would have computed, and those that were. */
  uniqueTokens: number;
  computedTokens: number;
  /** Prompt tokens that were computed although an earlier request had them. */
  wastedTokens: number;
  /** Tokens the model wrote, and those of them that a later prompt made it read again. */
  generatedTokens: number;
  generatedReadAgain: number;
  /** Requests whose cached and computed tokens were not the prompt's, by the server's own counts. */
  miscounted: number;
}

/** What is known over a whole day. */
interface Ledger extends Omit<MeasuredDay, 'traces' | 'interrupted' | 'uniqueTokens'> {
  trie: PrefixTrie;
}

/** Agents at work on one arm, the same work for every arm with this `seed`. */
export async function runAgentDay(arm: RestartableArm, shape: TraceShape, seed: number): Promise<MeasuredDay> {
  const ledger: Ledger = {
    ...{ trie: new PrefixTrie(), computedTokens: 0, wastedTokens: 0 },
    ...{ generatedTokens: 0, generatedReadAgain: 0, miscounted: 0 },
  };
  const traceOf = (agent: number, conversation: number): TraceStep[] =>
    makeTrace(shape, { agent: seed + agent, conversation: seed + conversation });
  const traces: MeasuredTrace[] = [];
  for (const steps of [traceOf(0, 1000), traceOf(0, 2000), traceOf(10, 3000)]) {
    traces.push(await runTrace(arm, [steps], ledger));
  }
  const last = traceOf(0, 4000);
  const middle = Math.floor(last.length / 2);
  const interrupted = await runTrace(arm, [last.slice(0, middle), last.slice(middle)], ledger);
  const { trie, ...counts } = ledger;
  return { traces, interrupted, uniqueTokens: trie.size, ...counts };
}

/** The server is ended and started again between the parts; that time counts. */
async function runTrace(
  arm: RestartableArm,
  parts: readonly (readonly TraceStep[])[],
  ledger: Ledger,
): Promise<MeasuredTrace> {
  const startedAt = performance.now();
  const requests: MeasuredRequest[] = [];
  let cpuSeconds = 0;
  for (const [index, steps] of parts.entries()) {
    if (index > 0) {
      await arm.stop();
      await arm.launch();
    }
    const cpuBefore = index === 0 ? arm.cpuSeconds() : 0;
    requests.push(...(await runSteps(arm, steps, ledger)));
    cpuSeconds += arm.cpuSeconds() - cpuBefore;
  }
  return { wallMs: performance.now() - startedAt, cpuSeconds, requests };
}

async function runSteps(arm: RestartableArm, steps: readonly TraceStep[], ledger: Ledger): Promise<MeasuredRequest[]> {
  const decodedBefore = await arm.readDecodedTokens();
  const requests: MeasuredRequest[] = [];
  let computedTokens = 0;
  for (const step of steps) {
    const answers = await Promise.all(step.map((request) => ask(arm, request)));
    for (const [index, answer] of answers.entries()) {
      const { kind, prompt } = step[index] ?? { kind: 'turn', prompt: [] };
      computedTokens += answer.computedTokens + answer.completionTokens - 1;
      requests.push({ kind, firstTextMs: answer.firstTextMs });
      note(ledger, prompt, answer);
    }
    // What was asked together is known to later steps only. The last token of an answer is not computed with it.
    for (const { prompt, answer } of step) ledger.trie.add([...prompt, ...answerOf(answer - 1)], prompt.length);
  }
  const decodedAfter = await arm.readDecodedTokens();
  ledger.computedTokens += decodedAfter === undefined ? computedTokens : decodedAfter - (decodedBefore ?? 0);
  return requests;
}

function note(ledger: Ledger, prompt: readonly number[], answer: Completion): void {
  const known = Math.min(ledger.trie.commonLength(prompt), prompt.length - 1);
  const reused = prompt.length - answer.computedTokens;
  ledger.wastedTokens += Math.max(0, known - reused);
  ledger.generatedTokens += answer.completionTokens;
  if (known > reused) ledger.generatedReadAgain += ledger.trie.countGenerated(prompt, reused);
  if (answer.cachedTokens !== reused) ledger.miscounted++;
}

async function ask({ url }: RestartableArm, { prompt, answer }: TraceRequest): Promise<Completion> {
  const completion = await complete({ url, tokens: prompt, maxTokens: answer, forcedToken: answerToken });
  if (completion.completionTokens === answer) return completion;
  throw new Error(`${url} gave ${completion.completionTokens} tokens instead of ${answer}.`);
}
