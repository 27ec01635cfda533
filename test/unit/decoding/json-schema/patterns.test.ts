import { expect, test } from 'vitest';
import { accepts } from '#main/decoding/json-schema/automaton.ts';
import { Budget } from '#main/decoding/json-schema/budget.ts';
import { Patterns } from '#main/decoding/json-schema/patterns.ts';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { gbnfAccepts, GbnfSampler, readGbnf } from '#test/support/gbnf.ts';
import { createRandom, type Random } from '#test/support/random.ts';

/** A random pattern over a small alphabet, with every construct that is supported. */
function generatePattern(random: Random, depth: number): string {
  const atoms = [
    'a',
    'b',
    'c',
    '.',
    '[ab]',
    '[^a]',
    '\\d',
    '\\w',
    '\\W',
    '\\.',
    '[a-c1]',
    '\\x61',
    '\\u0062',
    '"',
    '\\\\',
  ];
  if (depth === 0) return random.pick(atoms);
  const inner = (): string => generatePattern(random, depth - 1);
  const makers: (() => string)[] = [
    () => random.pick(atoms),
    () => inner() + inner(),
    () => inner() + inner() + inner(),
    () => `(${inner()}|${inner()})`,
    () => `(?:${inner()}|)`,
    () => `(?:${inner()})${random.pick(['*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?'])}`,
    () => `(^${inner()}|${inner()})`,
    () => `(${inner()}$|${inner()})`,
  ];
  return random.pick(makers)();
}

function generateText(random: Random): string {
  return Array.from({ length: random.below(7) }, () => random.pick([...'abc1._-"\\ab'])).join('');
}

test('400 random patterns match what JavaScript matches, as automaton and as grammar', () => {
  const wrong: string[] = [];
  for (let seed = 0; seed < 400; seed++) {
    const random = createRandom(seed);
    const body = generatePattern(random, 3);
    const source = random.pick([body, `^${body}`, `${body}$`, `^${body}$`, `^(?:${body})$`]);
    const budget = new Budget({ maxRules: 10_000, maxMilliseconds: 10_000 });
    const patterns = new Patterns(budget);
    const regex = patterns.pattern(source, { path: '/pattern', reading: 'must' });
    const automaton = patterns.automaton(regex, { key: source, path: '/pattern' });
    const rules = readGbnf(
      compileJsonSchema({ anyOf: [{ type: 'string', pattern: source }, { type: 'null' }] }).grammar,
    );
    const truth = new RegExp(source, 'u');
    for (let count = 0; count < 40; count++) {
      const text = generateText(random);
      const isMatch = truth.test(text);
      if (accepts(automaton, text) !== isMatch) wrong.push(`automaton: ${source} on ${text}`);
      if (gbnfAccepts(rules, JSON.stringify(text)) !== isMatch) wrong.push(`grammar: ${source} on ${text}`);
    }
    const sampler = new GbnfSampler(rules, random);
    for (let count = 0; count < 5; count++) {
      const text = JSON.parse(sampler.sample(20)) as string | null;
      if (text !== null && !truth.test(text)) wrong.push(`drawn: ${source} on ${JSON.stringify(text)}`);
    }
  }
  expect(wrong).toEqual([]);
});

test('what some reader may match is never less than what all surely match', () => {
  const patterns = new Patterns(new Budget({ maxRules: 10_000, maxMilliseconds: 10_000 }));
  for (let seed = 0; seed < 200; seed++) {
    const random = createRandom(1000 + seed);
    const source = generatePattern(random, 2);
    const read = (reading: 'must' | 'may') => {
      const regex = patterns.pattern(source, { path: '', reading });
      return patterns.automaton(regex, { key: reading + source, path: '' });
    };
    const [must, may] = [read('must'), read('may')];
    for (let count = 0; count < 20; count++) {
      const text = generateText(random) + random.pick(['', 'é', '٣', '\n', '日']);
      if (accepts(must, text)) expect(accepts(may, text), `${source} on ${text}`).toBe(true);
    }
  }
});
