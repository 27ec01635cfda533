import type { Check } from '../check.ts';
import { fillerText } from '../filler.ts';
import { plainQuestion, toPrompt } from '../model-under-test.ts';

/** Sentences of the long prompt: about 500 tokens. */
const longPrompt = 24;
const writtenTokens = 33;

/** How fast it reads a prompt, begins and writes, when nothing else runs. */
export const speedCheck: Check = {
  ids: ['speed'],
  needsText: true,
  async *run({ model }) {
    const short = await model.ask(plainQuestion(toPrompt(model, `${model.nonce()} Say hello.`), 1));
    const sentences = Math.min(longPrompt, Math.floor(model.info.contextSize / 48));
    const long = await model.ask({
      ...plainQuestion(toPrompt(model, `${model.nonce()} ${fillerText(sentences)}`), writtenTokens),
      ignoreEndOfGeneration: true,
    });
    const { usage, timings } = long;
    const figures = {
      firstTokenMs: round(short.firstTokenMs),
      prefillTokensPerSecond: round(rate(usage.promptTokens - usage.cachedTokens, timings.prefillMs)),
      // The first token comes with the end of the prompt.
      decodeTokensPerSecond: round(rate(usage.completionTokens - 1, timings.decodeMs)),
      promptTokens: usage.promptTokens,
      completionTokens: usage.completionTokens,
    };
    const detail = `It writes ${figures.decodeTokensPerSecond} and reads ${figures.prefillTokensPerSecond} tokens a second.`;
    yield { id: 'speed', verdict: 'pass', detail, figures };
  },
};

function rate(count: number, ms: number): number {
  return ms > 0 ? (count * 1000) / ms : 0;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
