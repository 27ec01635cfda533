import { defaultSampling, samplingSchema, type GenerationRequest, type Sampling } from '#shared/domain/generation.ts';
import type { ModelFacts } from '#shared/domain/model.ts';

/** Some of the fields; undefined is the same as absent. */
type PartialSampling = GenerationRequest['sampling'];

const partialSamplingSchema = samplingSchema.partial();

export interface SamplingSources {
  request: PartialSampling;
  /** What the user settled for this model. */
  overrides: PartialSampling;
  /** What the file recommends. */
  recommended: ModelFacts['sampling'];
}

/** Request, then the user's choice for the model, then the file's own advice, then Impetus' defaults: field by field. */
export function resolveSampling({ request, overrides, recommended }: SamplingSources): Sampling {
  return { ...defaultSampling, ...keepValid(recommended), ...defined(overrides), ...defined(request) };
}

/** A file may recommend nonsense; a value out of range counts as absent. */
function keepValid(recommended: ModelFacts['sampling']): Partial<Sampling> {
  const valid = Object.entries(recommended).filter(
    ([name, value]) => value !== undefined && partialSamplingSchema.safeParse({ [name]: value }).success,
  );
  return Object.fromEntries(valid);
}

function defined(sampling: PartialSampling): Partial<Sampling> {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}
