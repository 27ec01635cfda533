import { expect, test } from 'vitest';
import { compileJsonSchema, GrammarRules } from '#main/decoding/index.ts';
import { gbnfAccepts, readGbnf } from '#test/support/gbnf.ts';

test('a schema that people write, as text', () => {
  const schema = {
    type: 'object',
    properties: {
      city: { type: 'string', enum: ['Paris', 'Palermo'] },
      days: { type: 'integer', minimum: 1, maximum: 14 },
      unit: { type: 'boolean' },
    },
    required: ['city', 'days'],
  };
  expect(compileJsonSchema(schema)).toEqual({
    grammar: [
      'root ::= answer',
      'city ::= "\\"Pa" ("lermo\\"" | "ris\\"")',
      'days ::= [1-9] | "1" [0-4]',
      'unit ::= "false" | "true"',
      'answer ::= "{\\"city\\": " city ", \\"days\\": " days (", \\"unit\\": " unit)? "}"',
      '',
    ].join('\n'),
    rules: 5,
    ignored: [],
  });
});

test('the same schema gives the same text', () => {
  const schema = {
    type: 'object',
    properties: { a: { type: 'string', pattern: 'x' }, b: {} },
    additionalProperties: {},
  };
  expect(compileJsonSchema(schema)).toEqual(compileJsonSchema(structuredClone(schema)));
});

test('schemas and rules of one grammar never share a name', () => {
  const rules = new GrammarRules();
  const first = rules.addSchema(
    { type: 'object', properties: { q: { type: 'string', maxLength: 3 } }, required: ['q'] },
    'arguments',
  );
  const second = rules.addSchema(
    { type: 'object', properties: { q: { type: 'integer', minimum: 5 } }, required: ['q'] },
    'arguments',
  );
  const call = rules.addRule('call', `"<search>" ${first} | "<add>" ${second}`);
  const other = rules.addRule('call', '"</s>"');
  expect(new Set([first, second, call, other]).size).toBe(4);
  const grammar = readGbnf(rules.toText(rules.addRule('root', `${call}+ ${other}`)));
  expect(gbnfAccepts(grammar, '<search>{"q": "abc"}<add>{"q": 17}</s>')).toBe(true);
  expect(gbnfAccepts(grammar, '<search>{"q": 17}</s>')).toBe(false);
});

test('the text holds only what the root reaches', () => {
  const rules = new GrammarRules();
  rules.addSchema({ type: 'string' }, 'unused');
  const text = rules.toText(rules.addRule('word', '[a-z]+'));
  expect(text).toBe('root ::= word\nword ::= [a-z]+\n');
});

test('a refused schema leaves the rules as usable as before', () => {
  const rules = new GrammarRules();
  const first = rules.addSchema({ type: 'boolean' }, 'first');
  expect(() => rules.addSchema({ type: 'string', pattern: '\\b' }, 'second')).toThrow(/cannot be enforced/);
  expect(rules.toText(first)).toBe('root ::= first\nfirst ::= "false" | "true"\n');
});

test('names of ours are never a caller’s', () => {
  const rules = new GrammarRules();
  const own = rules.addRule('json-char', '"x"');
  const schema = rules.addSchema({ type: 'string', maxLength: 1 }, 'root');
  const grammar = readGbnf(rules.toText(rules.addRule('json-string', `${own} ${schema}`)));
  expect(gbnfAccepts(grammar, 'x"a"')).toBe(true);
});

test('the limit of rules holds for each schema, not for all together', () => {
  const rules = new GrammarRules({ maxRules: 10 });
  for (let count = 0; count < 20; count++)
    rules.addSchema({ type: 'object', properties: { a: { enum: ['x', 'y'] } } }, 'tool');
  expect(rules.size).toBeGreaterThan(20);
});

test('names are made of what a grammar allows', () => {
  const rules = new GrammarRules();
  expect(rules.addSchema({ type: 'null' }, 'größe der/Stadt_1')).toMatch(/^[A-Za-z0-9-]+$/);
  expect(rules.addRule('日本', '"x"')).toMatch(/^[A-Za-z0-9-]+$/);
});
