import type { Check, Finding } from '../check.ts';
import { plainQuestion, toPrompt, type Answer } from '../model-under-test.ts';

const answerTokens = 32;

/** An answer is asked for twice, the second time with a stop text out of its middle. */
export const stopCheck: Check = {
  ids: ['stop-text'],
  needsText: true,
  async *run({ model }) {
    const prompt = toPrompt(model, 'Count from one to twenty in words.');
    const { text } = await model.ask(plainQuestion(prompt, answerTokens));
    const stop = chooseStop(text);
    if (stop === undefined) {
      yield { id: 'stop-text', verdict: 'not-measured', detail: 'Its answer was too short to stop in the middle.' };
      return;
    }
    yield judge(stop, await model.ask({ ...plainQuestion(prompt, answerTokens), stops: [stop] }));
  },
};

/** Five letters behind a quarter of the text: they lie across the border of two tokens in most vocabularies. */
export function chooseStop(text: string): string | undefined {
  const letters = [...text];
  const start = Math.max(1, Math.floor(letters.length / 4));
  const stop = letters.slice(start, start + 5).join('');
  return [...stop].length === 5 ? stop : undefined;
}

function judge(stop: string, { text, reason, stopText, usage }: Answer): Finding {
  const figures = { completionTokens: usage.completionTokens };
  const quoted = JSON.stringify(stop);
  if (text.includes(stop)) {
    return { id: 'stop-text', verdict: 'fail', detail: `The stop text ${quoted} is in the answer.`, figures };
  }
  if (stopText === stop && reason === 'stop') {
    return { id: 'stop-text', verdict: 'pass', detail: `The answer ends before ${quoted}.`, figures };
  }
  const detail = `The answer was another one the second time, without ${quoted}.`;
  return { id: 'stop-text', verdict: 'not-measured', detail, figures };
}
