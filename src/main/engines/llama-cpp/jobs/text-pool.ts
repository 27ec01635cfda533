import { AppError } from '#shared/errors/app-error.ts';
import { Mutex } from '../../../base/index.ts';
import type { EmbeddingContext } from '../native/embedding-context.ts';

export interface TextPoolOptions {
  /** Most tokens of one text: what the model was trained for, or what it was loaded with where that is less. */
  longestText: number;
  /** Makes a context for batches of so many tokens; undefined when the library cannot. */
  createContext: (batchSize: number) => Promise<EmbeddingContext | undefined>;
}

/** Tokens of a batch, unless a text is longer: a text has to be read in one piece. */
const usualBatchSize = 2048;

/**
 * What a model makes of whole texts, a vector or scores. Texts of all requests are computed many together, one batch at
 * a time, in a context of their own that is made at the first request and again for longer texts.
 */
export class TextPool {
  readonly #options: TextPoolOptions;
  readonly #turn = new Mutex();
  #context: EmbeddingContext | undefined;
  #isClosed = false;

  constructor(options: TextPoolOptions) {
    this.#options = options;
  }

  get longestText(): number {
    return this.#options.longestText;
  }

  /** Whether the model scores texts instead of placing them. Errors: `memory-insufficient`, `cancelled`. */
  async isRanking(): Promise<boolean> {
    return this.#turn.run(async () => (await this.#open(0)).isRanking);
  }

  /**
   * What the model gives for each text, none of which is longer than `longestText`. Errors: `memory-insufficient`,
   * `cancelled`.
   */
  async compute(texts: readonly Uint32Array[], signal: AbortSignal): Promise<Float32Array[]> {
    const results: Float32Array[] = [];
    const longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
    for (let next = 0; next < texts.length;) {
      const computed = await this.#turn.run(async () => {
        if (signal.aborted) throw createCancelled();
        const context = await this.#open(longest);
        return context.embed(takeBatch(texts, next, context));
      });
      results.push(...computed);
      next += computed.length;
    }
    return results;
  }

  /** Waits for the batch that is being computed, then frees the context. */
  async dispose(): Promise<void> {
    this.#isClosed = true;
    await this.#turn.run(async () => this.#close());
  }

  /** A context that takes texts of that many tokens. Only within a turn. */
  async #open(tokens: number): Promise<EmbeddingContext> {
    if (this.#isClosed) throw createCancelled();
    if (this.#context && this.#context.batchSize >= tokens) return this.#context;
    this.#close();
    const { longestText, createContext } = this.#options;
    const batchSize = Math.min(longestText, Math.max(usualBatchSize, toRoundSize(tokens)));
    const context = await createContext(batchSize);
    if (!context) {
      throw new AppError('memory-insufficient', `There is not enough memory to read texts of ${batchSize} tokens.`, {
        hint: 'Send shorter texts, or unload other models.',
        data: { batchSize },
      });
    }
    this.#context = context;
    return context;
  }

  #close(): void {
    this.#context?.dispose();
    this.#context = undefined;
  }
}

/** As many texts as fit, in their order; one at least. */
export function takeBatch(
  texts: readonly Uint32Array[],
  from: number,
  { batchSize, sequences }: { batchSize: number; sequences: number },
): Uint32Array[] {
  const batch: Uint32Array[] = [];
  let tokens = 0;
  for (const text of texts.slice(from, from + sequences)) {
    tokens += text.length;
    if (batch.length > 0 && tokens > batchSize) break;
    batch.push(text);
  }
  return batch;
}

/** Few sizes, so that a little longer texts do not each make a new context. */
function toRoundSize(tokens: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, tokens)));
}

function createCancelled(): AppError {
  return new AppError('cancelled', 'The request was cancelled.');
}
