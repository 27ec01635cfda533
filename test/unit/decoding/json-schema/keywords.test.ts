import { expect, test } from 'vitest';
import { compileJsonSchema } from '#main/decoding/index.ts';
import { gbnfAccepts, readGbnf } from '#test/support/gbnf.ts';

interface Row {
  schema: unknown;
  takes: string[];
  refuses: string[];
}

const rows: Record<string, Row> = {
  'type names one kind': {
    schema: { type: 'boolean' },
    takes: ['true', 'false'],
    refuses: ['null', '"true"', '1', ''],
  },
  'type names several kinds': { schema: { type: ['integer', 'null'] }, takes: ['7', 'null'], refuses: ['7.5', 'true'] },
  'an integer has no leading zero, fraction or exponent': {
    schema: { type: 'integer' },
    takes: ['0', '-1', '120', '999999999999999'],
    refuses: ['00', '-0', '1.0', '1e3', '+1', '1000000000000000'],
  },
  'a number has fraction and exponent': {
    schema: { type: 'number' },
    takes: ['0', '-0.5', '12.25', '1e5', '1.5E-10', '2e+3'],
    refuses: ['.5', '1.', '01', '1e', 'NaN', '1e400'],
  },
  'enum takes its values and nothing else': {
    schema: { enum: ['alpha', 'alp', 1, null, { a: [1, 'x'] }] },
    takes: ['"alpha"', '"alp"', '1', 'null', '{"a": [1, "x"]}'],
    refuses: ['"al"', '"alphabet"', '2', '{"a":[1,"x"]}'],
  },
  'enum is narrowed by what stands beside it': {
    schema: { enum: ['a', 'bcd', 3, 40], type: ['string', 'integer'], maxLength: 2, minimum: 10 },
    takes: ['"a"', '40'],
    refuses: ['"bcd"', '3'],
  },
  'const escapes its text': { schema: { const: 'q"\\\n\u0001é' }, takes: ['"q\\"\\\\\\n\\u0001é"'], refuses: ['"q"'] },
  'any subset of the optional properties, in their order': {
    schema: { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'null' }, c: { type: 'boolean' } } },
    takes: [
      '{}',
      '{"a": 1}',
      '{"b": null}',
      '{"a": 1, "c": true}',
      '{"b": null, "c": false}',
      '{"a": 1, "b": null, "c": true}',
    ],
    refuses: ['{"b": null, "a": 1}', '{"a": 1, "a": 1}', '{, "b": null}', '{"a": 1,}', '{"d": 1}', '{"a":1}'],
  },
  'required properties stand among optional ones': {
    schema: {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' }, d: { type: 'null' } },
      required: ['b', 'd'],
    },
    takes: ['{"b": null, "d": null}', '{"a": null, "b": null, "c": null, "d": null}'],
    refuses: ['{"b": null}', '{"d": null}', '{}', '{"a": null, "d": null}'],
  },
  'required names that are not declared come last': {
    schema: {
      type: 'object',
      properties: { a: { type: 'null' } },
      required: ['z'],
      additionalProperties: { type: 'integer' },
    },
    takes: ['{"z": 1}', '{"a": null, "z": 1, "y": 2}'],
    refuses: ['{}', '{"a": null}', '{"z": null}', '{"z": 1, "a": 3}'],
  },
  'additionalProperties has no declared name': {
    schema: { type: 'object', properties: { ab: { type: 'null' } }, additionalProperties: { type: 'integer' } },
    takes: ['{}', '{"ab": null}', '{"a": 1, "abc": 2, "": 3, "b": 4}', '{"ab": null, "x": 1}'],
    refuses: ['{"ab": 1}', '{"a": null}', '{"\\u0061b": 1}'],
  },
  'patternProperties decide by name': {
    schema: {
      type: 'object',
      properties: { xa: { maximum: 5 } },
      patternProperties: { '^x': { type: 'integer' } },
      additionalProperties: { type: 'null' },
    },
    takes: ['{"xa": 5, "xb": 9, "y": null}', '{}'],
    refuses: ['{"xa": 6}', '{"xa": null}', '{"y": 1}', '{"xb": null}'],
  },
  'propertyNames bind declared and free names': {
    schema: {
      type: 'object',
      properties: { abc: true, x: true },
      propertyNames: { maxLength: 2 },
      additionalProperties: { type: 'null' },
    },
    takes: ['{"x": 1}', '{"ab": null}'],
    refuses: ['{"abc": 1}', '{"abcd": null}'],
  },
  'minProperties and maxProperties count declared properties': {
    schema: {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'null' }, c: { type: 'null' } },
      minProperties: 1,
      maxProperties: 2,
      additionalProperties: false,
    },
    takes: ['{"a": null}', '{"b": null, "c": null}', '{"a": null, "c": null}'],
    refuses: ['{}', '{"a": null, "b": null, "c": null}'],
  },
  'items, minItems and maxItems': {
    schema: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 3 },
    takes: ['[1, 2]', '[1, 2, 3]'],
    refuses: ['[]', '[1]', '[1, 2, 3, 4]', '[1, "a"]', '[1,2]'],
  },
  'prefixItems, then items': {
    schema: { type: 'array', prefixItems: [{ type: 'null' }, { type: 'boolean' }], items: { type: 'integer' } },
    takes: ['[]', '[null]', '[null, true]', '[null, true, 1, 2]'],
    refuses: ['[true]', '[null, 1]', '[null, true, null]'],
  },
  'items as a list, with additionalItems, as old drafts have it': {
    schema: { type: 'array', items: [{ type: 'null' }], additionalItems: false, minItems: 1 },
    takes: ['[null]'],
    refuses: ['[]', '[null, null]'],
  },
  'contains wants one item that matches': {
    schema: { type: 'array', items: { type: 'integer' }, contains: { minimum: 100 }, maxItems: 3 },
    takes: ['[100]', '[1, 100]', '[200, 1, 2]'],
    refuses: ['[]', '[1, 2, 3]', '[1, 2, 3, 100]'],
  },
  'uniqueItems of an enum': {
    schema: { type: 'array', items: { enum: ['a', 'b', 'c'] }, uniqueItems: true, minItems: 2 },
    takes: ['["a", "b"]', '["c", "a", "b"]'],
    refuses: ['["a"]', '["a", "a"]', '["a", "b", "a"]'],
  },
  'lengths count code points, an escape as one': {
    schema: { type: 'string', minLength: 2, maxLength: 3 },
    takes: ['"ab"', '"😀é"', '"\\n\\""', '"\\u00e9a\\ud83d\\ude00"'],
    refuses: ['"a"', '"abcd"', '"\\n"', '"\\ud83d"', '"a\nb"'],
  },
  'a pattern without anchors may match anywhere': {
    schema: { type: 'string', pattern: 'fo+' },
    takes: ['"fo"', '"a foo b"', '"ffo"'],
    refuses: ['"f"', '""', '"of"'],
  },
  'a pattern meets JSON escapes': {
    schema: { type: 'string', pattern: '^[\\n"\\\\a]+$' },
    takes: ['"\\n\\"\\\\a"'],
    refuses: ['"b"', '"\n"', '"\\u0061"'],
  },
  'borders in single alternatives': {
    schema: { type: 'string', pattern: '^a|b$' },
    takes: ['"a"', '"axy"', '"xyb"', '"ab"'],
    refuses: ['"xa"', '"bx"'],
  },
  'pattern and length together': {
    schema: { type: 'string', pattern: '^(ab)*c?$', minLength: 3, maxLength: 5 },
    takes: ['"abc"', '"abab"', '"ababc"'],
    refuses: ['"ab"', '"ababab"', '"c"', '"aba"'],
  },
  'unicode escapes and counts in a pattern': {
    schema: { type: 'string', pattern: '^\\u00e9{2}\\u{1F600}\\x41[^\\W\\d]\\p{Lu}$' },
    takes: ['"éé😀AzÖ"'],
    refuses: ['"é😀AzÖ"', '"éé😀A1Ö"', '"éé😀Azö"'],
  },
  'dates exist': {
    schema: { type: 'string', format: 'date' },
    takes: ['"2024-02-29"', '"2000-02-29"', '"1999-12-31"'],
    refuses: ['"2023-02-29"', '"1900-02-29"', '"2024-13-01"', '"2024-04-31"', '"24-01-01"'],
  },
  'addresses of the internet': {
    schema: {
      anyOf: [
        { type: 'string', format: 'ipv4' },
        { type: 'string', format: 'ipv6' },
      ],
    },
    takes: ['"127.0.0.1"', '"::1"', '"fe80::1:2"', '"1:2:3:4:5:6:7:8"', '"::"'],
    refuses: ['"256.0.0.1"', '"1::2::3"', '"1:2:3:4:5:6:7:8:9"', '"01.2.3.4"'],
  },
  'a format may be as short as maxLength asks': {
    schema: { type: 'string', format: 'uri', maxLength: 30 },
    takes: ['"https://example.com/a?b=c#d"'],
    refuses: ['"https://example.com/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"', '"no uri"'],
  },
  'minimum and maximum of integers': {
    schema: { type: 'integer', minimum: -12, exclusiveMaximum: 105 },
    takes: ['-12', '-9', '0', '99', '100', '104'],
    refuses: ['-13', '105', '110', '1000'],
  },
  'minimum and maximum of numbers': {
    schema: { type: 'number', exclusiveMinimum: 0.25, maximum: 10.5 },
    takes: ['0.250001', '0.3', '9.99', '10', '10.5', '10.50', '1'],
    refuses: ['0.25', '0.250', '0', '-1', '10.51', '11', '1e0'],
  },
  'bounds of draft 4': {
    schema: { type: 'integer', minimum: 3, exclusiveMinimum: true, maximum: 5 },
    takes: ['4', '5'],
    refuses: ['3', '6'],
  },
  'multipleOf of integers, also within bounds': {
    schema: { type: 'integer', multipleOf: 12, minimum: 100 },
    takes: ['108', '1200', '144'],
    refuses: ['96', '100', '110', '0'],
  },
  'multipleOf a half': {
    schema: { type: 'number', multipleOf: 0.5, minimum: -1, exclusiveMaximum: 2 },
    takes: ['-1', '-0.5', '0', '0.5', '1.5'],
    refuses: ['2', '0.25', '-1.5', '1.05'],
  },
  'anyOf takes either': {
    schema: { anyOf: [{ type: 'integer' }, { type: 'string', maxLength: 1 }] },
    takes: ['1', '"a"'],
    refuses: ['"ab"', 'null'],
  },
  'oneOf told apart by a constant': {
    schema: {
      oneOf: [
        { type: 'object', properties: { kind: { const: 'a' }, x: { type: 'null' } }, required: ['kind', 'x'] },
        { type: 'object', properties: { kind: { const: 'b' } }, required: ['kind'] },
      ],
    },
    takes: ['{"kind": "a", "x": null}', '{"kind": "b"}'],
    refuses: ['{"kind": "a"}', '{"kind": "b", "x": null}', '{"kind": "c"}'],
  },
  'oneOf of listed values leaves those that are in one list only': {
    schema: { oneOf: [{ enum: ['a', 'b'] }, { enum: ['b', 'c'] }] },
    takes: ['"a"', '"c"'],
    refuses: ['"b"'],
  },
  'allOf is merged': {
    schema: {
      allOf: [
        { type: 'object', properties: { a: { minimum: 5 } }, required: ['a'] },
        { properties: { a: { type: 'integer', maximum: 6 }, b: { type: 'null' } } },
      ],
    },
    takes: ['{"a": 5}', '{"a": 6, "b": null}'],
    refuses: ['{"a": 4}', '{}', '{"a": 5.5}'],
  },
  'a $ref to definitions, with a keyword beside it': {
    schema: { definitions: { name: { type: 'string' } }, $ref: '#/definitions/name', maxLength: 1 },
    takes: ['"a"'],
    refuses: ['"ab"', '1'],
  },
  'a $ref to an anchor and to an escaped pointer': {
    schema: {
      $defs: { 'a/b~c': { $anchor: 'x', type: 'null' } },
      type: 'array',
      items: { anyOf: [{ $ref: '#x' }, { $ref: '#/$defs/a~1b~0c' }] },
    },
    takes: ['[null]', '[]'],
    refuses: ['[1]'],
  },
  'a $ref back to the root': {
    schema: { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false },
    takes: ['{}', '{"next": {"next": {}}}'],
    refuses: ['{"next": null}', '{"next": {'],
  },
  'nullable of OpenAPI': { schema: { type: 'integer', nullable: true }, takes: ['1', 'null'], refuses: ['"a"'] },
  'not of types': {
    schema: { not: { type: ['object', 'array', 'string'] } },
    takes: ['1', 'null', 'true'],
    refuses: ['"a"', '{}'],
  },
  'not of listed values': { schema: { enum: [1, 2, 3], not: { minimum: 3 } }, takes: ['1', '2'], refuses: ['3'] },
  'not of a presence': {
    schema: { type: 'object', properties: { a: { type: 'null' }, b: { type: 'null' } }, not: { required: ['a', 'b'] } },
    takes: ['{}', '{"a": null}', '{"b": null}'],
    refuses: ['{"a": null, "b": null}'],
  },
  'if, then and else told apart by a listed property': {
    schema: {
      type: 'object',
      properties: { kind: { enum: ['a', 'b'] }, x: { type: 'integer' } },
      required: ['kind'],
      if: { properties: { kind: { const: 'a' } } },
      then: { required: ['x'] },
      else: { properties: { x: false } },
    },
    takes: ['{"kind": "a", "x": 1}', '{"kind": "b"}'],
    refuses: ['{"kind": "a"}', '{"kind": "b", "x": 1}'],
  },
  dependentRequired: {
    schema: {
      type: 'object',
      properties: { a: { type: 'null' }, b: { type: 'null' } },
      dependentRequired: { a: ['b'] },
    },
    takes: ['{}', '{"b": null}', '{"a": null, "b": null}'],
    refuses: ['{"a": null}'],
  },
  'unevaluatedProperties sees what allOf declares': {
    schema: {
      type: 'object',
      allOf: [{ properties: { a: { type: 'null' } } }],
      properties: { b: { type: 'null' } },
      unevaluatedProperties: false,
    },
    takes: ['{}', '{"b": null, "a": null}'],
    refuses: ['{"c": null}'],
  },
  'true takes any JSON in one layout': {
    schema: true,
    takes: ['null', '{"a": [1, {"b": "c"}], "": -1.5e3}', '[]', '[[], {}]'],
    refuses: ['{"a":1}', '[1,2]', ' 1', '1 ', '{a: 1}', ''],
  },
};

test.each(Object.entries(rows))('%s', (_, { schema, takes, refuses }) => {
  const rules = readGbnf(compileJsonSchema(schema).grammar);
  expect(takes.filter((text) => !gbnfAccepts(rules, text))).toEqual([]);
  expect(refuses.filter((text) => gbnfAccepts(rules, text))).toEqual([]);
});

test('objects that declare properties are closed unless the letter is asked for', () => {
  const schema = { type: 'object', properties: { a: { type: 'null' } } };
  const accepts = (openObjects: boolean): boolean =>
    gbnfAccepts(readGbnf(compileJsonSchema(schema, { openObjects }).grammar), '{"a": null, "b": 1}');
  expect([accepts(false), accepts(true)]).toEqual([false, true]);
});

test('the compact layout has no white space at all', () => {
  const schema = { type: 'object', properties: { a: { type: 'array', items: { type: 'null' } } }, required: ['a'] };
  const rules = readGbnf(compileJsonSchema(schema, { layout: 'compact' }).grammar);
  expect(gbnfAccepts(rules, '{"a":[null,null]}')).toBe(true);
  expect(gbnfAccepts(rules, '{"a": [null, null]}')).toBe(false);
});
