import { expect, test } from 'vitest';
import { detectSyntax } from '#main/decoding/index.ts';
import { ModelGrammars } from '#main/engines/llama-cpp/answer/model-grammars.ts';
import { createLetterVocabulary } from '#test/support/letter-vocabulary.ts';

const markers = { syntax: detectSyntax(undefined), reasoning: undefined };

test('a vocabulary that was prepared is not read again for a grammar', () => {
  const { vocabulary, pieces, controls } = createLetterVocabulary();
  let reads = 0;
  const counted = {
    bytesOfAnswer: (token: number) => {
      reads += 1;
      return pieces.bytesOfAnswer(token);
    },
  };
  const grammars = new ModelGrammars({ vocabulary, pieces: counted, controls }, markers);
  grammars.prepare();
  expect(reads).toBeGreaterThan(0);
  reads = 0;
  grammars.prepare();
  grammars.bind('root ::= "yes" | "no"');
  expect(reads).toBe(0);
});
