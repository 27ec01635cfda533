import { z } from 'zod';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { AppError, isAppError } from '#shared/errors/app-error.ts';
import { checkFields } from '../check-fields.ts';
import { listSchema, textSchema, validate } from '../validate.ts';
import { withoutUndefined } from '../without-undefined.ts';

const seeds = 2 ** 32;
const share = z.number().min(0).max(1).optional();
const stopSchema = textSchema.max(4_096);

/** The members of `options` that are honoured, in their wire names and bounds. */
const optionsSchema = z.object({
  /** Negative is random. */
  seed: z.int().optional(),
  /** -1 and -2: as much as the context holds. */
  num_predict: z.int().min(-2).optional(),
  /** 0 and less are off. */
  top_k: z.int().min(-1).max(1_000_000).optional(),
  top_p: share,
  min_p: share,
  typical_p: share,
  repeat_last_n: z.int().min(-1).max(1_000_000).optional(),
  temperature: z.number().min(0).max(100).optional(),
  repeat_penalty: z.number().gt(0).max(100).optional(),
  presence_penalty: z.number().min(-2).max(2).optional(),
  frequency_penalty: z.number().min(-2).max(2).optional(),
  mirostat: z.literal([0, 1, 2]).optional(),
  mirostat_tau: z.number().min(0).max(1_000).optional(),
  mirostat_eta: z.number().min(0).max(1_000).optional(),
  stop: z.union([stopSchema, listSchema(stopSchema, 128)], 'expected a text or a list of texts').optional(),
  num_ctx: z.int().min(1).max(100_000_000).optional(),
});
type Options = z.infer<typeof optionsSchema>;

export interface DecodedOptions {
  generation: Pick<GenerationRequest, 'sampling' | 'stops'> & Partial<Pick<GenerationRequest, 'maxTokens'>>;
  /** `num_ctx`. */
  minimumContextSize: number | undefined;
  /** Names of members that make no difference, as `options.name`. */
  ignored: string[];
}

/** Errors: `invalid-request`, `unsupported-field`, each with the member as `options.name`. */
export function decodeOptions(raw: Record<string, unknown> | undefined): DecodedOptions {
  const { options, ignored } = readOptions(raw ?? {});
  return {
    generation: {
      sampling: decodeSampling(options),
      stops: (typeof options.stop === 'string' ? [options.stop] : (options.stop ?? [])).filter((text) => text !== ''),
      ...(options.num_predict === undefined || options.num_predict < 0 ? {} : { maxTokens: options.num_predict }),
    },
    minimumContextSize: options.num_ctx,
    ignored: ignored.map((name) => `options.${name}`),
  };
}

function readOptions(raw: Record<string, unknown>): { options: Options; ignored: string[] } {
  try {
    const { fields, ignored } = checkFields('ollama-options', raw);
    return { options: validate(optionsSchema, fields), ignored };
  } catch (error) {
    throw isAppError(error) ? withinOptions(error) : error;
  }
}

/** The same error about `options.name` instead of `name`. */
function withinOptions({ code, message, hint, data }: AppError): AppError {
  const param = data?.['param'];
  if (typeof param !== 'string') return new AppError(code, message, { hint, data });
  const renamed = message.replace(`"${param}"`, `"options.${param}"`);
  return new AppError(code, renamed, { hint, data: { ...data, param: `options.${param}` } });
}

function decodeSampling(options: Options): GenerationRequest['sampling'] {
  const { seed, top_k: topK } = options;
  return withoutUndefined({
    temperature: options.temperature,
    topK: topK === undefined ? undefined : Math.max(0, topK),
    topP: options.top_p,
    minP: options.min_p,
    typicalP: options.typical_p,
    repeatLastN: options.repeat_last_n,
    repeatPenalty: options.repeat_penalty,
    presencePenalty: options.presence_penalty,
    frequencyPenalty: options.frequency_penalty,
    mirostat: options.mirostat,
    mirostatTau: options.mirostat_tau,
    mirostatEta: options.mirostat_eta,
    seed: seed === undefined || seed < 0 ? undefined : seed % seeds,
  });
}
