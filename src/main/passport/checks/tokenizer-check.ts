import type { Check } from '../check.ts';

/** Words, code, accents, other scripts, signs of several code points. */
const samples = [
  'The quick brown fox jumps over 13 lazy dogs.',
  'if (x <= 10) {\n\treturn "ok";\n}',
  'Déjà vu, naïve façade; straße',
  '日本語とかな、中文、한국어',
  'Привет, العالم, שלום',
  '👩‍💻 ≠ 🚀',
];

/** Texts become tokens and the same text again. */
export const tokenizerCheck: Check = {
  ids: ['tokenizer'],
  needsText: false,
  async *run({ model }) {
    const changed: string[] = [];
    let tokenCount = 0;
    for (const sample of samples) {
      const tokens = await model.tokenize(sample);
      tokenCount += tokens.length;
      const text = await model.detokenize(tokens);
      // Some vocabularies put a space in front of every text.
      if (text !== sample && text !== ` ${sample}`) changed.push(sample);
    }
    const figures = { texts: samples.length, unchanged: samples.length - changed.length, tokens: tokenCount };
    const [first] = changed;
    if (first === undefined) {
      yield { id: 'tokenizer', verdict: 'pass', detail: 'Texts of six kinds come back as they were.', figures };
      return;
    }
    yield {
      id: 'tokenizer',
      verdict: 'fail',
      detail: `${JSON.stringify(first)} does not come back as it was.`,
      figures,
    };
  },
};
