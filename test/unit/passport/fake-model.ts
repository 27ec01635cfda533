import type { PassportCheckId } from '#shared/domain/passport.ts';
import type { InstanceInfo } from '#main/engine-port/index.ts';
import type { Check, Finding } from '#main/passport/check.ts';
import type { Answer, ModelUnderTest, Question } from '#main/passport/model-under-test.ts';
import { makeModelRecord } from '#test/support/model-record.ts';

export const fakeInfo: InstanceInfo = {
  modelId: 'test-model',
  engine: 'fake',
  placement: 'child',
  pid: 4711,
  device: 'cpu',
  contextSize: 4096,
  slots: 2,
  threads: 1,
  memory: { modelBytes: 100e6, contextBytes: 10e6 },
  hasChatTemplate: true,
};

export interface FakeModelOptions {
  info?: Partial<InstanceInfo>;
  facts?: Parameters<typeof makeModelRecord>[0];
  /** What it answers; the second value counts the questions from 0. */
  answer?: (question: Question, count: number) => Partial<Answer>;
  read?: ModelUnderTest['read'];
  tokenize?: ModelUnderTest['tokenize'];
  detokenize?: ModelUnderTest['detokenize'];
  vectors?: number[][];
}

/** A model that answers as a test says, and keeps what it was asked. */
export function makeFakeModel(options: FakeModelOptions = {}): { model: ModelUnderTest; asked: Question[] } {
  const asked: Question[] = [];
  const model: ModelUnderTest = {
    record: makeModelRecord(options.facts),
    info: { ...fakeInfo, ...options.info },
    async ask(question, onToken) {
      asked.push(question);
      onToken?.();
      return toAnswer(options.answer?.(question, asked.length - 1) ?? { text: 'Certainly.' });
    },
    read: options.read ?? (async (prompt) => ({ text: JSON.stringify(prompt), tokenCount: toWords(prompt).length })),
    tokenize: options.tokenize ?? (async (text) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0)),
    detokenize: options.detokenize ?? (async (tokens) => String.fromCodePoint(...tokens)),
    embed: async (inputs) => ({
      vectors: options.vectors ?? inputs.map(() => [1, 0]),
      tokenCounts: inputs.map(() => 1),
    }),
    nonce: () => 'nonce',
  };
  return { model, asked };
}

/** Words of the last message, or of the text. */
export function toWords(prompt: Question['prompt']): string[] {
  return wordsOf(prompt).split(/\s+/);
}

export function wordsOf(prompt: Question['prompt']): string {
  if (prompt.type === 'chat') return prompt.messages.at(-1)?.content ?? '';
  return prompt.type === 'text' ? prompt.text : '';
}

function toAnswer(given: Partial<Answer>): Answer {
  const tokens = given.tokens ?? Array.from(given.text ?? '', (letter) => letter.codePointAt(0) ?? 0);
  return {
    text: '',
    reasoning: '',
    calls: [],
    tokens,
    reason: given.calls?.length ? 'tool-calls' : 'stop',
    stopText: undefined,
    usage: { promptTokens: 500, cachedTokens: 0, completionTokens: tokens.length },
    timings: { queueMs: 0, prefillMs: 1000, decodeMs: 1000 },
    firstTokenMs: 40,
    ...given,
  };
}

/** The last finding of each id. */
export async function findingsOf(
  check: Check,
  model: ModelUnderTest,
  remainingMs: () => number = () => 60_000,
): Promise<Partial<Record<PassportCheckId, Finding>>> {
  const found: Partial<Record<PassportCheckId, Finding>> = {};
  for await (const finding of check.run({ model, remainingMs })) found[finding.id] = finding;
  return found;
}
