import { describe, expect, test } from 'vitest';
import { buildToolGrammar, detectSyntax } from '#main/decoding/index.ts';
import { AnswerGate, type AnswerRules } from '#main/engines/llama-cpp/answer/answer-gate.ts';
import { createLetterVocabulary, type LetterVocabulary } from '#test/support/letter-vocabulary.ts';

const thought = { begin: '<think>', end: '</think>' };
const markers = { syntax: detectSyntax(undefined), reasoning: thought };
const plain = createLetterVocabulary();
const yesNo = { kind: 'bound' as const, grammars: ['root ::= "yes" | "no"'] };

interface Bench {
  gate: AnswerGate;
  /** Feeds a text; throws when one of its tokens is not allowed. What is forced goes in by itself and comes back. */
  say: (text: string) => string;
  allows: (text: string) => boolean;
  allowsInMask: (text: string) => boolean;
}

function open(rules: AnswerRules, options: { letters?: LetterVocabulary; jumpsForward?: boolean } = {}): Bench {
  const { letters = plain, jumpsForward = true } = options;
  const gate = new AnswerGate({ rules, grammars: letters.grammarsFor(markers), jumpsForward });
  const takeForced = (): string => {
    let forced = '';
    for (let token = gate.takeForced(); token !== undefined; token = gate.takeForced()) {
      gate.accept(token);
      forced += letters.vocabulary.tokenText(token);
    }
    return forced;
  };
  const first = (text: string): number => letters.tokensOf(text)[0] ?? -1;
  const isSet = (token: number): boolean =>
    (((gate.filter?.allowedMask() ?? [])[token >>> 5] ?? 0) & (1 << (token & 31))) !== 0;
  return {
    gate,
    say(text) {
      let forced = takeForced();
      for (const token of letters.tokensOf(text)) {
        if (gate.filter && !gate.filter.allows(token))
          throw new Error(`${letters.vocabulary.tokenText(token)} of ${text}`);
        gate.accept(token);
        forced += takeForced();
      }
      return forced;
    },
    allows: (text) => gate.filter?.allows(first(text)) ?? true,
    allowsInMask: (text) => !gate.filter || isSet(first(text)),
  };
}

describe('an answer that is bound', () => {
  test('holds to its grammar from the first token on and ends by itself', () => {
    const { gate, say, allows, allowsInMask } = open({ binding: yesNo });
    expect(['y', 'n', 'm', '<end>'].map(allows)).toEqual([true, true, false, false]);
    expect(['y', 'n', 'm', '<end>'].map(allowsInMask)).toEqual([true, true, false, false]);
    expect(gate.mustEnd).toBe(false);
    expect(say('y')).toBe('es');
    expect(gate.mustEnd).toBe(true);
  });

  test('is one of several grammars; the end is allowed where one of them may end', () => {
    const { gate, say, allows } = open({
      binding: { kind: 'bound', grammars: ['root ::= "no" "t"?', 'root ::= "nine"'] },
    });
    expect(say('n')).toBe('');
    expect(['o', 'i', 't'].map(allows)).toEqual([true, true, false]);
    say('o');
    expect(['t', 'i', '<end>'].map(allows)).toEqual([true, false, true]);
    say('<end>');
    expect(gate.mustEnd).toBe(true);
  });

  test('is chosen token by token where each token wants its scores', () => {
    const { gate, allows } = open({ binding: yesNo }, { jumpsForward: false });
    gate.accept('y'.charCodeAt(0));
    expect(gate.takeForced()).toBeUndefined();
    expect(['e', 'x'].map(allows)).toEqual([true, false]);
  });

  test('cannot be read: the request is at fault', () => {
    expect(() => open({ binding: { kind: 'bound', grammars: ['root ::= ('] } })).toThrow(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});

describe('thinking', () => {
  const thinking = { syntax: thought, isOpen: true, mayBegin: true };

  test('stands in front of what is bound, with an empty line between; the answer cannot end inside it', () => {
    const { gate, say, allows, allowsInMask } = open({ binding: yesNo, thinking });
    say('Well, yes</thin');
    expect(['<end>', 'x'].map(allows)).toEqual([false, true]);
    expect(['<end>', 'x'].map(allowsInMask)).toEqual([false, true]);
    say('g> no.</think>');
    expect(['\n', 'y', 'x', '<end>'].map(allows)).toEqual([true, true, false, false]);
    expect(['\n', 'y', 'x', '<end>'].map(allowsInMask)).toEqual([true, true, false, false]);
    say('\n\n');
    expect(['\n', 'n', '<end>'].map(allows)).toEqual([false, true, false]);
    expect(['\n', 'n', '<end>'].map(allowsInMask)).toEqual([false, true, false]);
    expect(say('n')).toBe('o');
    expect(gate.mustEnd).toBe(true);
  });

  test('may begin with the answer or not', () => {
    const rules = { binding: yesNo, thinking: { ...thinking, isOpen: false } };
    const without = open(rules);
    expect(['<', 'y', 'x'].map(without.allows)).toEqual([true, true, false]);
    expect(without.say('n')).toBe('o');
    const withThought = open(rules);
    expect(withThought.say('<')).toBe('think>');
    withThought.say('hm</think>');
    expect(withThought.say('\ny')).toBe('es');
  });

  test('a token that closes it with words behind it is allowed only where these may stand', () => {
    const letters = createLetterVocabulary({ words: ['>\n', '>x', '>y'] });
    const { say, allows } = open({ binding: yesNo, thinking }, { letters });
    say('a</think');
    expect(['>\n', '>x', '>y', '>'].map(allows)).toEqual([true, false, true, true]);
    expect(say('>y')).toBe('es');
  });

  test.each([0, 3])('is closed after %d tokens', (budgetTokens) => {
    const { gate, say } = open({ binding: { kind: 'free' }, thinking: { ...thinking, budgetTokens } });
    expect(say('abc'.slice(0, budgetTokens))).toBe('\n</think>\n\n');
    expect(gate.filter).toBeUndefined();
    expect(say('free </think> words')).toBe('');
  });

  test('that ends in time is not closed again', () => {
    const { say } = open({ binding: { kind: 'free' }, thinking: { ...thinking, isOpen: false, budgetTokens: 12 } });
    expect(say('<think>abc</think>and so on and on')).toBe('');
  });
});

describe('calls', () => {
  const tools = [{ name: 'now', parameters: { type: 'object', properties: {}, additionalProperties: false } }];
  const callBody = '\n{"name": "now", "arguments": {}}\n</tool_call>';

  function callRules(letters: LetterVocabulary, isForbidden = false): AnswerRules {
    const { controlCharacters, endTexts } = letters.grammarsFor(markers);
    const built = buildToolGrammar({
      ...{ syntax: markers.syntax, tools, choice: 'auto', parallel: false, controlCharacters, endTexts },
    });
    const grammar = isForbidden ? undefined : built.grammar;
    return { binding: { kind: 'called', triggers: built.triggers ?? [], atStart: false, grammar } };
  }

  test('bind the answer from their marker on, whatever stood in front', () => {
    const { gate, say, allows } = open(callRules(plain));
    say('Let me <see>. <tool_call');
    expect(['>', 'x', '<end>'].map(allows)).toEqual([true, true, true]);
    expect(say('>')).toBe(callBody);
    expect(gate.mustEnd).toBe(true);
  });

  test('cannot begin with a token that spoils them', () => {
    const letters = createLetterVocabulary({ words: ['>{', '>\n'] });
    const { say, allows, allowsInMask } = open(callRules(letters), { letters });
    say('<tool_call');
    expect(['>{', '>\n', '>'].map(allows)).toEqual([false, true, true]);
    expect(['>{', '>\n', '>', 'x'].map(allowsInMask)).toEqual([false, true, true, true]);
    expect('>\n' + say('>\n')).toBe(`>${callBody}`);
  });

  test('do not come where they are forbidden', () => {
    const { say, allows } = open(callRules(plain, true));
    say('Look: <tool_call');
    expect(['>', '.'].map(allows)).toEqual([false, true]);
  });

  test('a marker that is a control token is that token, never its letters, and never a part of a text', () => {
    const letters = createLetterVocabulary({ controls: ['<tool_call>', '</tool_call>'] });
    const free = open(callRules(letters), { letters });
    for (const letter of '<tool_call>') free.gate.accept(letter.charCodeAt(0));
    expect(free.allows('x')).toBe(true);
    expect(free.say('<tool_call>')).toBe(callBody);
    const string = open({ binding: { kind: 'bound', grammars: ['root ::= "\\"" [^"]* "\\""'] } }, { letters });
    expect(string.say('')).toBe('"');
    expect(['a', '<', '</tool_call>', '<end>'].map(string.allows)).toEqual([true, true, false, false]);
    expect(['a', '<', '</tool_call>', '<end>'].map(string.allowsInMask)).toEqual([true, true, false, false]);
  });

  test('that begin inside thinking by a control token are bound; where something else must come they may not', () => {
    const letters = createLetterVocabulary({ controls: ['<tool_call>', '</tool_call>'] });
    const thinking = { syntax: thought, isOpen: true, mayBegin: true };
    const called = open({ ...callRules(letters), thinking }, { letters });
    called.say('hm');
    expect(called.say('<tool_call>')).toBe(callBody);
    const bound = open({ binding: yesNo, thinking }, { letters });
    bound.say('hm');
    expect(['<tool_call>', '<', 'x'].map(bound.allows)).toEqual([false, true, true]);
  });

  test('and formats may stand behind the frame of their family', () => {
    const syntax = { ...markers.syntax, silent: ['<|final|>', '<end>'] };
    const letters = createLetterVocabulary({ controls: ['<|final|>'] });
    const grammars = letters.grammarsFor({ syntax, reasoning: undefined });
    const gate = new AnswerGate({ rules: { binding: yesNo }, grammars, jumpsForward: true });
    const allows = (text: string) => gate.filter?.allows(letters.tokensOf(text)[0] ?? -1);
    expect(['<|final|>', 'y', '<end>', 'x'].map(allows)).toEqual([true, true, false, false]);
    for (const token of letters.tokensOf('<|final|>')) gate.accept(token);
    expect(['<|final|>', 'y', '<end>'].map(allows)).toEqual([false, true, false]);
  });
});
