import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { getLlama, LlamaGrammarEvaluationState, type LlamaModel } from 'node-llama-cpp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { GrammarCache, TokenTrie, type TokenConstraint } from '#main/decoding/grammar/index.ts';
import { benchGrammars } from '#scripts/bench/bench-grammars.ts';
import { seededRandom } from '#scripts/bench/statistics.ts';
import { readGgufVocabulary, type ListedVocabulary } from '#scripts/bench/token-vocabularies.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';

/** The part of node-llama-cpp's internals that asks llama.cpp's own grammar. */
interface GrammarQuestions {
  canBeNextTokenForGrammarEvaluationState(state: unknown, token: number): boolean;
  acceptGrammarEvaluationStateToken(state: unknown, token: number): void;
}

const shipped = path.resolve('node_modules/node-llama-cpp/llama/grammars');
const grammars: Record<string, string> = {
  ...Object.fromEntries(
    readdirSync(shipped)
      .filter((name) => name.endsWith('.gbnf'))
      .map((name) => [name, readFileSync(path.join(shipped, name), 'utf8')]),
  ),
  ...benchGrammars,
  literal: 'root ::= "Hello, world!"',
  'escaped literal': String.raw`root ::= "\"\\\n\t\x41\u00e9\U0001F600"`,
  alternatives: 'root ::= "yes" | "no" | "maybe" | "yesterday"',
  words: 'root ::= [a-zA-Z]+ (" " [a-zA-Z]+)* "."',
  'exact count': 'root ::= [0-9]{4} "-" [0-9]{2} "-" [0-9]{2}',
  'least count': 'root ::= "ab"{3,} "!"',
  'count in count': 'root ::= ([a-z]{2,3} ","){1,5}',
  'optional parts': 'root ::= "a"? "b"? "c"? "d"?',
  'any character': 'root ::= . . "x" .*',
  negation: String.raw`root ::= [^a-z"\\\n]+ "\""`,
  'wide class': String.raw`root ::= [\u0400-\u04ff ]+ "."`,
  'class beyond the plane': String.raw`root ::= [\U0001F300-\U0001F6FF]+`,
  'right recursion': 'root ::= "a" root | "b"',
  'middle recursion': 'root ::= "(" root ")" | "[" root "]" | "x"',
  'two stacks': 'root ::= "a" root "b" | "a" root "c" | "-"',
  'nullable rules': 'root ::= ws "x" ws "y" ws\nws ::= (" " | "\\n")*',
  'groups over lines': 'root ::= (\n  "one" |\n  "two" # comment\n) "!"',
  'shared beginnings': 'root ::= a | b\na ::= "start" [0-9]+ "a"\nb ::= "start" [0-9]+ "b"',
  'nested optionals': 'root ::= "1" ("." "2" ("." "3" ("." "4")?)?)?',
  'tool call': String.raw`root ::= "<tool_call>\n{\"name\": \"" ("search" | "read_file") "\", \"arguments\": {\"q\": " s "}}\n</tool_call>"
s ::= "\"" [^"\\\x00-\x1f]{0,30} "\""`,
};

describe("our grammars and llama.cpp's", () => {
  let model: LlamaModel;
  let questions: GrammarQuestions;
  let vocabulary: ListedVocabulary;
  let cache: GrammarCache;

  beforeAll(async () => {
    const llama = await getLlama({ gpu: false, build: 'never', logLevel: 'disabled' as never });
    model = await llama.loadModel({ modelPath: smolModelPath, vocabOnly: true });
    questions = (llama as unknown as { _bindings: { AddonSampler: GrammarQuestions } })._bindings.AddonSampler;
    vocabulary = await readGgufVocabulary(smolModelPath);
    cache = new GrammarCache(new TokenTrie(vocabulary));
  });

  afterAll(async () => {
    await model.dispose();
  });

  test.each(Object.keys(grammars))('allow the same tokens along random walks: %s', async (name) => {
    const text = grammars[name] ?? '';
    const theirs = await startTheirs(text);
    const ours = cache.constraint(text);
    const random = seededRandom(name.length);
    for (let step = 0; step < 12 && !ours.mustEnd; step++) {
      const tokens = step === 0 ? allTokens(2) : allTokens(23, Math.floor(random() * 23));
      const end = vocabulary.texts.findIndex((_, token) => vocabulary.isEndOfGeneration(token));
      const found = differences(ours, theirs, [...tokens, end]).filter((token) => !isKnownDifference(name, token));
      expect(found.map(textOf), `step ${step}`).toEqual([]);
      const token = pickAllowed(ours, theirs, random);
      if (token === undefined) return;
      ours.accept(token);
      questions.acceptGrammarEvaluationStateToken(theirs, token);
    }
  });

  async function startTheirs(text: string): Promise<unknown> {
    const grammar = await model.llama.createGrammar({ grammar: text });
    const state = new LlamaGrammarEvaluationState({ model, grammar });
    return (state as unknown as { _state: unknown })._state;
  }

  /** Tokens that only one of the two allows. */
  function differences(ours: TokenConstraint, theirs: unknown, tokens: number[]): number[] {
    const mask = ours.allowedMask();
    return tokens.filter((token) => isSet(mask, token) !== isTheirs(theirs, token));
  }

  function isTheirs(theirs: unknown, token: number): boolean {
    return questions.canBeNextTokenForGrammarEvaluationState(theirs, token);
  }

  /**
   * llama.cpp ends the text of a token at a zero byte; and it refuses the first bytes of a code point when a negated
   * class excludes any code point that begins so (U+0085 and U+2028 in this grammar), although others may follow.
   */
  function isKnownDifference(name: string, token: number): boolean {
    const bytes = vocabulary.bytesOf(token);
    return bytes.includes(0) || (name === 'list.gbnf' && [0xc2, 0xe2].includes(bytes.at(-1) ?? 0));
  }

  function textOf(token: number): string {
    return Buffer.from(vocabulary.bytesOf(token)).toString('latin1');
  }

  function allTokens(stride: number, offset = 0): number[] {
    return [...vocabulary.texts.keys()].filter(
      (token) => token % stride === offset % stride && !vocabulary.isSpecial(token),
    );
  }

  function pickAllowed(ours: TokenConstraint, theirs: unknown, random: () => number): number | undefined {
    const mask = ours.allowedMask();
    const allowed = allTokens(1).filter((token) => isSet(mask, token));
    const start = Math.floor(random() * allowed.length);
    return [...allowed.slice(start), ...allowed].find((token) => isTheirs(theirs, token));
  }
});

function isSet(mask: Uint32Array, token: number): boolean {
  return (((mask[token >>> 5] ?? 0) >>> (token & 31)) & 1) === 1;
}
