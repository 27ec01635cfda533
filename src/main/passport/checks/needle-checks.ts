import type { Check, CheckContext, Finding } from '../check.ts';
import { fillerSentence } from '../filler.ts';
import { plainQuestion, toPrompt, type ModelUnderTest } from '../model-under-test.ts';

const shortestTokens = 512;
/** Kept free for the question, the template and the answer. */
const reservedTokens = 96;
const answerTokens = 16;
/** A prompt of twice the length takes so many times longer, at most. */
const growthPerDoubling = 2.6;

/** Where the needles lie, as parts of the text. */
const needles = [
  { depth: 0.25, name: 'red', code: '4817' },
  { depth: 0.5, name: 'blue', code: '2936' },
  { depth: 0.75, name: 'green', code: '7052' },
] as const;

interface Round {
  tokens: number;
  found: number;
}

/**
 * Three facts in longer and longer texts, asked for one by one; the text is read once for all three. The longest text
 * that was read and answered tells the context that works.
 */
export const needleChecks: Check = {
  ids: ['needle', 'context'],
  needsText: true,
  async *run({ model, remainingMs }) {
    const largest = model.info.contextSize - reservedTokens;
    const rounds: Round[] = [];
    let expectedMs = 0;
    for (const target of toLengths(largest)) {
      if (rounds.length > 0 && expectedMs > remainingMs()) break;
      const startedAt = performance.now();
      rounds.push(await askNeedles(model, target));
      expectedMs = (performance.now() - startedAt) * growthPerDoubling;
      yield judgeNeedles(rounds);
      yield judgeContext(rounds, { largest, contextSize: model.info.contextSize });
    }
    if (rounds.length === 0) yield* tooSmall({ model, remainingMs });
  },
};

/** 512, 1,024, … and the largest that fits. */
export function toLengths(largest: number): number[] {
  const lengths: number[] = [];
  for (let length = shortestTokens; length < largest * 0.9; length *= 2) lengths.push(length);
  return largest >= shortestTokens ? [...lengths, largest] : lengths;
}

async function askNeedles(model: ModelUnderTest, target: number): Promise<Round> {
  const text = await fillTo(model, target);
  const toText = (name: string): string =>
    `${text}\n\nWhat is the code of the ${name} door? Answer with the number only.`;
  const { tokenCount } = await model.read(toPrompt(model, toText(needles[0].name)));
  let found = 0;
  for (const { name, code } of needles) {
    const answer = await model.ask(plainQuestion(toPrompt(model, toText(name)), answerTokens));
    if ((answer.text + answer.reasoning).includes(code)) found += 1;
  }
  return { tokens: tokenCount, found };
}

/** A text of about so many tokens, at most: the share of a sentence is learned on the way. */
async function fillTo(model: ModelUnderTest, target: number): Promise<string> {
  const start = model.nonce();
  const tokensOf = async (sentences: number): Promise<number> => (await model.tokenize(build(start, sentences))).length;
  let sentences = Math.max(8, Math.floor(target / 32));
  for (let attempt = 0; attempt < 4; attempt++) {
    const tokens = await tokensOf(sentences);
    if (tokens <= target && tokens > target * 0.95) break;
    sentences = Math.max(4, Math.floor((sentences * target * 0.985) / tokens));
  }
  return build(start, sentences);
}

function build(start: string, sentences: number): string {
  const lines = Array.from({ length: sentences }, (_, index) => fillerSentence(index));
  for (const { depth, name, code } of [...needles].reverse()) {
    lines.splice(Math.floor(sentences * depth), 0, `The code of the ${name} door is ${code}.`);
  }
  return `${start}. ${lines.join(' ')}`;
}

function judgeNeedles(rounds: readonly Round[]): Finding {
  const found = rounds.reduce((sum, round) => sum + round.found, 0);
  const asked = rounds.length * needles.length;
  const lengths = rounds.map((round) => `${round.found} of ${needles.length} in ${round.tokens} tokens`);
  return {
    id: 'needle',
    verdict: found === asked ? 'pass' : 'fail',
    detail: `It found ${lengths.join(', ')}.`,
    figures: {
      found,
      asked,
      ...Object.fromEntries(rounds.map((round) => [`foundIn${round.tokens}Tokens`, round.found])),
    },
  };
}

function judgeContext(
  rounds: readonly Round[],
  { largest, contextSize }: { largest: number; contextSize: number },
): Finding {
  const longest = Math.max(...rounds.map(({ tokens }) => tokens));
  const figures = { longestPromptTokens: longest, contextSize };
  if (longest >= largest * 0.9) {
    const detail = `A prompt of ${longest} tokens was read and answered in its context of ${contextSize}.`;
    return { id: 'context', verdict: 'pass', detail, figures };
  }
  const detail = `Prompts up to ${longest} tokens work; longer ones did not fit into the time.`;
  return { id: 'context', verdict: 'not-measured', detail, figures };
}

async function* tooSmall({ model }: CheckContext): AsyncGenerator<Finding> {
  const detail = `Its context of ${model.info.contextSize} tokens is too small for it.`;
  for (const id of needleChecks.ids) yield { id, verdict: 'not-applicable', detail };
}
