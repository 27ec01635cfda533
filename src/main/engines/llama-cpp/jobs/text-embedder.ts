import { AppError } from '#shared/errors/app-error.ts';
import type { EmbedResult, EmbedTask } from '../../../engine-port/index.ts';
import type { NativeVocabulary } from '../native-vocabulary.ts';
import type { PromptEncoder } from '../prompt-encoder.ts';
import type { TextPool } from './text-pool.ts';

export interface TextEmbedderOptions {
  vocabulary: NativeVocabulary;
  encoder: Pick<PromptEncoder, 'checkTokens'>;
  pool: TextPool;
}

/** Vectors of texts with one loaded model. */
export class TextEmbedder {
  readonly #options: TextEmbedderOptions;

  constructor(options: TextEmbedderOptions) {
    this.#options = options;
  }

  /** Errors: `invalid-request`, `context-overflow`, `capability-missing`, `memory-insufficient`, `cancelled`. */
  async embed({ inputs }: EmbedTask, signal: AbortSignal): Promise<EmbedResult> {
    const { pool } = this.#options;
    const tokens = inputs.map((input, index) => this.#toTokens(input, index));
    if (await pool.isRanking()) {
      throw new AppError('capability-missing', 'This model scores texts for a query; it makes no vectors.', {
        hint: 'Send the query and its documents to /v1/rerank, or choose a model made for embeddings.',
        data: { param: 'model' },
      });
    }
    const raw = await pool.compute(tokens, signal);
    return { vectors: raw.map((vector) => normalise(vector)), tokenCounts: tokens.map(({ length }) => length) };
  }

  #toTokens(input: string | number[], index: number): Uint32Array {
    const { vocabulary, encoder, pool } = this.#options;
    const tokens =
      typeof input === 'string'
        ? vocabulary.tokenize(input, { addSpecial: true, isRaw: true })
        : encoder.checkTokens(input);
    if (tokens.length === 0) {
      // Even nothing has a vector where the vocabulary has a token to stand for it.
      const standIn = typeof input === 'string' ? (vocabulary.beginToken ?? vocabulary.endToken) : undefined;
      if (standIn !== undefined) return Uint32Array.of(standIn);
      throw new AppError('invalid-request', `Input ${index} is empty.`, {
        hint: 'Send at least one character.',
        data: { param: `input[${index}]` },
      });
    }
    const { longestText: contextSize } = pool;
    if (tokens.length <= contextSize) return tokens;
    throw new AppError(
      'context-overflow',
      `Input ${index} has ${tokens.length} tokens; the model takes ${contextSize} at once.`,
      {
        hint: 'Send it in pieces.',
        data: { param: `input[${index}]`, promptTokens: tokens.length, contextSize },
      },
    );
  }
}

function normalise(vector: Float32Array): number[] {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) throw new Error('The model gave a vector without a direction.');
  return Array.from(vector, (value) => value / length);
}
