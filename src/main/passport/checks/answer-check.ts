import type { Check } from '../check.ts';
import { plainQuestion, toPrompt } from '../model-under-test.ts';

/** It writes anything at all. */
export const answerCheck: Check = {
  ids: ['answer'],
  needsText: true,
  async *run({ model }) {
    const { text, reasoning, usage } = await model.ask(plainQuestion(toPrompt(model, 'Write one short sentence.'), 24));
    const figures = { completionTokens: usage.completionTokens };
    if ((text + reasoning).trim() === '') {
      yield { id: 'answer', verdict: 'fail', detail: 'It answered nothing.', figures };
      return;
    }
    yield { id: 'answer', verdict: 'pass', detail: 'It answers in text.', figures };
  },
};
