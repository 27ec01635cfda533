import { expect, test } from 'vitest';
import { z } from 'zod';
import { samplersSchema } from '#main/api/openai/sampler-names.ts';
import { validate } from '#main/api/validate.ts';

const schema = z.object({ samplers: samplersSchema });
const decode = (samplers: unknown) => validate(schema, { samplers }).samplers;

test.each([
  [[], []],
  [
    ['typical_p', 'nucleus', 'min-p', 'temp'],
    ['typ_p', 'top_p', 'min_p', 'temperature'],
  ],
  ['edskypmxt', ['penalties', 'dry', 'top_n_sigma', 'top_k', 'typ_p', 'top_p', 'min_p', 'xtc', 'temperature']],
  ['top_k;top_p', ['top_k', 'top_p']],
  ['xtc', ['xtc']],
  ['', []],
])('%j', (samplers, stages) => {
  expect(decode(samplers)).toEqual(stages);
});

test.each([
  [['top_k', 'infill'], '"samplers[1]" is not valid: expected stages of penalties'],
  [['k'], '"samplers[0]" is not valid: expected stages of penalties'],
  [['toString'], '"samplers[0]" is not valid: expected stages of penalties'],
  ['kz', '"samplers" is not valid: expected stages of penalties'],
  [['temperature', 'top_k', 'top-k'], '"samplers[2]" is not valid: the stage top_k stands there twice'],
  ['kk', '"samplers" is not valid: the stage top_k stands there twice'],
  [Array.from({ length: 33 }, () => 'top_k'), '"samplers" is not valid: '],
  [5, '"samplers" is not valid: '],
])('%j is refused', (samplers, message) => {
  expect(() => decode(samplers)).toThrow(message);
});
