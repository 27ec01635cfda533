import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { isAppError } from '#shared/errors/app-error.ts';
import { validate, validateFields } from '#main/api/validate.ts';

const plain = z.object({
  name: z.string(),
  count: z.int().min(1).optional(),
  mode: z.enum(['fast', 'slow']).default('slow'),
});

function problemOf(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return isAppError(error) ? { message: error.message, param: error.data?.['param'] } : error;
  }
}

describe('the fields of a request', () => {
  test.each<[string, z.ZodType, Record<string, unknown>, unknown]>([
    [
      'come back in the shape of the schema',
      plain,
      { name: 'a', count: 2, mode: 'fast' },
      { name: 'a', count: 2, mode: 'fast' },
    ],
    ['take their defaults', plain, { name: 'a' }, { name: 'a', mode: 'slow' }],
    [
      'that the schema does not know are left out',
      plain,
      { name: 'a', mode: 'fast', other: 1 },
      { name: 'a', mode: 'fast' },
    ],
    [
      'with names of every object are not taken for its own',
      plain,
      { name: 'a', mode: 'fast', toString: 1 },
      { name: 'a', mode: 'fast' },
    ],
    [
      'are changed as the schema says',
      z.object({ text: z.string().transform((text) => text.length) }),
      { text: 'abc' },
      { text: 3 },
    ],
  ])('%s', (_, schema, fields, expected) => {
    expect(validateFields(schema, fields)).toEqual(expected);
  });

  test.each<[string, z.ZodType, Record<string, unknown>, unknown]>([
    ['one that is missing', plain, { count: 2 }, { message: '"name" is not valid: it is missing.', param: 'name' }],
    [
      'the first of several in the order of the schema',
      plain,
      { count: 0, name: 1 },
      { message: '"name" is not valid: expected string, received number.', param: 'name' },
    ],
    [
      'a rule over all of them',
      plain.refine(({ count }) => count !== 7, 'seven is too many'),
      { name: 'a', mode: 'fast', count: 7 },
      { message: 'The request is not valid: seven is too many.', param: null },
    ],
    [
      'one too many for a strict schema',
      z.strictObject({ name: z.string() }),
      { name: 'a', other: 1 },
      { message: 'The request is not valid: Unrecognized key: "other".', param: null },
    ],
  ])('are refused for %s, in the words of the whole schema', (_, schema, fields, expected) => {
    expect(problemOf(() => validateFields(schema, fields))).toEqual(expected);
    expect(problemOf(() => validate(schema, fields))).toEqual(expected);
  });
});
