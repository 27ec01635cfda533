import { AppError } from '#shared/errors/app-error.ts';
import { Mutex } from '../../base/index.ts';
import type { EmbedResult, EmbedTask } from '../../engine-port/index.ts';
import type { EmbeddingContext } from './native/embedding-context.ts';
import type { NativeVocabulary } from './native-vocabulary.ts';
import type { PromptEncoder } from './prompt-encoder.ts';

export interface TextEmbedderOptions {
  vocabulary: NativeVocabulary;
  encoder: Pick<PromptEncoder, 'checkTokens'>;
  /** Most tokens of one input. */
  contextSize: number;
  /** Makes the context at the first request; undefined when the library cannot. */
  createContext: () => Promise<EmbeddingContext | undefined>;
}

/** Vectors of texts with one loaded model: inputs of all requests are computed in batches, one batch at a time. */
export class TextEmbedder {
  readonly #options: TextEmbedderOptions;
  readonly #turn = new Mutex();
  #context: Promise<EmbeddingContext> | undefined;
  #isClosed = false;

  constructor(options: TextEmbedderOptions) {
    this.#options = options;
  }

  /** Errors: `invalid-request`, `context-overflow`, `memory-insufficient`, `cancelled`. */
  async embed({ inputs }: EmbedTask, signal: AbortSignal): Promise<EmbedResult> {
    const tokens = inputs.map((input, index) => this.#toTokens(input, index));
    const context = await this.#open();
    const vectors: number[][] = [];
    for (const batch of toBatches(tokens, context)) {
      const raw = await this.#turn.run(async () => {
        if (signal.aborted || this.#isClosed) throw new AppError('cancelled', 'The request was cancelled.');
        return context.embed(batch);
      });
      vectors.push(...raw.map((vector) => normalise(vector)));
    }
    return { vectors, tokenCounts: tokens.map(({ length }) => length) };
  }

  /** Waits for the batch that is being computed, then frees the context. */
  async dispose(): Promise<void> {
    this.#isClosed = true;
    await this.#turn.run(async () => {
      const context = await this.#context?.catch(() => undefined);
      context?.dispose();
    });
  }

  async #open(): Promise<EmbeddingContext> {
    this.#context ??= this.#options.createContext().then((context) => {
      if (context) return context;
      throw new AppError('memory-insufficient', 'There is not enough memory for a context to compute vectors in.', {
        hint: 'Unload other models, or load this one with a smaller context (--ctx).',
      });
    });
    this.#context.catch(() => (this.#context = undefined));
    return this.#context;
  }

  #toTokens(input: string | number[], index: number): Uint32Array {
    const { vocabulary, encoder, contextSize } = this.#options;
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

/** As many inputs as fit, in their order. */
export function* toBatches(
  inputs: readonly Uint32Array[],
  { batchSize, sequences }: { batchSize: number; sequences: number },
): Generator<Uint32Array[]> {
  let batch: Uint32Array[] = [];
  let tokenCount = 0;
  for (const input of inputs) {
    if (batch.length === sequences || tokenCount + input.length > batchSize) {
      yield batch;
      batch = [];
      tokenCount = 0;
    }
    batch.push(input);
    tokenCount += input.length;
  }
  if (batch.length > 0) yield batch;
}

function normalise(vector: Float32Array): number[] {
  let sum = 0;
  for (const value of vector) sum += value * value;
  const length = Math.sqrt(sum);
  if (!Number.isFinite(length) || length === 0) throw new Error('The model gave a vector without a direction.');
  return Array.from(vector, (value) => value / length);
}
