import type { GenerationRequest } from '#shared/domain/generation.ts';
import { invalidParameter } from '../../validate.ts';
import { decodeGenerationFields } from '../generation-fields.ts';
import type { FimRequest } from './schema.ts';

/** The neutral request. Without a suffix the prompt is continued as any text is. */
export function decodeFimRequest(body: FimRequest): GenerationRequest {
  const { prompt, suffix = '', seed, random_seed } = body;
  if (seed !== undefined && random_seed !== undefined && seed !== random_seed) {
    throw invalidParameter('random_seed', '"seed" says something else');
  }
  const fields = random_seed === undefined ? body : { ...body, seed: random_seed };
  return {
    ...decodeGenerationFields(fields, undefined),
    prompt: suffix === '' ? { type: 'text', text: prompt } : { type: 'infill', prefix: prompt, suffix },
  };
}
