import type { ReasoningOptions } from '#shared/domain/generation.ts';
import type { Check } from '../check.ts';
import { plainQuestion, toPrompt, type Answer, type ModelUnderTest } from '../model-under-test.ts';

const budgetTokens = 48;

/** Thinking comes apart from the answer, keeps its budget, and can be left out. */
export const reasoningChecks: Check = {
  ids: ['reasoning', 'reasoning-off'],
  needsText: true,
  async *run({ model }) {
    if (model.info.canReason !== true) {
      const detail = 'Its chat template knows no thinking.';
      for (const id of reasoningChecks.ids) yield { id, verdict: 'not-applicable', detail };
      return;
    }
    const on = await ask(model, { isEnabled: true, budgetTokens });
    const isApart = on.reasoning.trim() !== '';
    const figures = { reasoningCharacters: on.reasoning.length, answerCharacters: on.text.length };
    const detail = isApart ? 'Its thinking comes apart from the answer.' : 'It did not think when asked to.';
    yield { id: 'reasoning', verdict: isApart ? 'pass' : 'fail', detail, figures };
    const off = await ask(model, { isEnabled: false });
    const isOff = off.reasoning.trim() === '' && off.text.trim() !== '';
    const offDetail = isOff ? 'It answers without thinking when asked to.' : 'It thinks though asked not to.';
    yield { id: 'reasoning-off', verdict: isOff ? 'pass' : 'fail', detail: offDetail };
  },
};

function ask(model: ModelUnderTest, reasoning: ReasoningOptions): Promise<Answer> {
  const prompt = toPrompt(model, 'Which is larger, 17 or 71? Answer with one number.');
  return model.ask({ ...plainQuestion(prompt, 2 * budgetTokens), reasoning });
}
