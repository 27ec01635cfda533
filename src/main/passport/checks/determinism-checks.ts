import type { Check, Finding } from '../check.ts';
import { plainQuestion, toPrompt, type ModelUnderTest } from '../model-under-test.ts';

const answerTokens = 32;

/** The same seed gives the same tokens, and neighbours in a batch change nothing. */
export const determinismChecks: Check = {
  ids: ['repeatable', 'beside-others'],
  needsText: true,
  async *run({ model }) {
    const question = {
      ...plainQuestion(toPrompt(model, `${model.nonce()} Tell a short story about the sea.`), answerTokens),
      sampling: { temperature: 1, seed: 42 },
    };
    const first = await model.ask(question);
    const second = await model.ask(question);
    yield compare('repeatable', first.tokens, second.tokens);
    yield await checkNeighbour(model);
  },
};

function compare(id: 'repeatable' | 'beside-others', first: number[], second: number[]): Finding {
  const same = first.findIndex((token, index) => token !== second[index]);
  const isSame = same === -1 && first.length === second.length;
  const figures = { tokens: first.length, sameTokens: same === -1 ? Math.min(first.length, second.length) : same };
  const what = id === 'repeatable' ? 'the same seed' : 'another request beside it';
  if (isSame) return { id, verdict: 'pass', detail: `All ${first.length} tokens are the same with ${what}.`, figures };
  return { id, verdict: 'fail', detail: `With ${what} it differs from token ${figures.sameTokens + 1} on.`, figures };
}

/** Both answers begin with the prompt computed, so that only the company differs. */
async function checkNeighbour(model: ModelUnderTest): Promise<Finding> {
  if (model.info.slots < 2) {
    return { id: 'beside-others', verdict: 'not-applicable', detail: 'It is loaded for one request at a time.' };
  }
  const question = plainQuestion(toPrompt(model, `${model.nonce()} Describe a forest in winter.`), answerTokens);
  await model.ask({ ...question, maxTokens: 1 });
  const alone = await model.ask(question);
  const begun = Promise.withResolvers<void>();
  const neighbour = model
    .ask(
      {
        ...plainQuestion(toPrompt(model, `${model.nonce()} Explain how bread is made.`), 2 * answerTokens),
        ignoreEndOfGeneration: true,
      },
      () => begun.resolve(),
    )
    .finally(() => begun.resolve());
  await begun.promise;
  const [beside] = await Promise.all([model.ask(question), neighbour]);
  return compare('beside-others', alone.tokens, beside.tokens);
}
