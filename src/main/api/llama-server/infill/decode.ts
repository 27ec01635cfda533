import type { GenerationRequest } from '#shared/domain/generation.ts';
import { decodeGenerationFields } from '../../openai/generation-fields.ts';
import type { InfillBody } from './schema.ts';

/** llama-server's name of a file that has none. */
const namelessFile = 'tmp';

/** The neutral request. */
export function decodeInfillRequest(body: InfillBody): GenerationRequest {
  const { input_prefix: prefix, input_suffix: suffix, input_extra: extra = [], prompt: lead } = body;
  return {
    ...decodeGenerationFields(body, undefined),
    prompt: {
      type: 'infill',
      prefix,
      suffix,
      ...(lead === undefined ? {} : { lead }),
      ...(extra.length === 0
        ? {}
        : { files: extra.map(({ filename, text }) => ({ name: filename ?? namelessFile, text })) }),
    },
  };
}
