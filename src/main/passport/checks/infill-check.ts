import type { Check } from '../check.ts';
import { plainQuestion } from '../model-under-test.ts';

/** A gap in a text is filled in with the tokens that the model has for it. */
export const infillCheck: Check = {
  ids: ['infill'],
  needsText: true,
  async *run({ model }) {
    if (model.info.canInfill !== true) {
      const detail = 'Its vocabulary has no tokens for filling in the middle.';
      yield { id: 'infill', verdict: 'not-applicable', detail };
      return;
    }
    const gap = { type: 'infill', prefix: 'def add(a, b):\n    return ', suffix: '\n\nprint(add(2, 3))\n' } as const;
    const { text, usage } = await model.ask(plainQuestion(gap, 24));
    const figures = { completionTokens: usage.completionTokens };
    const isFilled = text.trim() !== '';
    const detail = isFilled
      ? `It filled the gap with ${JSON.stringify(text.trim().slice(0, 40))}.`
      : 'It left the gap empty.';
    yield { id: 'infill', verdict: isFilled ? 'pass' : 'fail', detail, figures };
  },
};
