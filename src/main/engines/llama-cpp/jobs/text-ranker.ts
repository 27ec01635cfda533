import { AppError } from '#shared/errors/app-error.ts';
import type { RerankResult, RerankTask } from '../../../engine-port/index.ts';
import type { NativeVocabulary } from '../native-vocabulary.ts';
import type { TextPool } from './text-pool.ts';

export interface TextRankerOptions {
  vocabulary: NativeVocabulary;
  pool: TextPool;
  /** The model's own words around a pair, with `{query}` and `{document}`; null: its tokens for pairs stand there. */
  template: string | null;
  /** Its scores are probabilities already. */
  givesProbabilities: boolean;
}

/** How well documents answer a query, with one loaded model that reads both together. */
export class TextRanker {
  readonly #options: TextRankerOptions;

  constructor(options: TextRankerOptions) {
    this.#options = options;
  }

  /** Errors: `capability-missing`, `context-overflow`, `memory-insufficient`, `cancelled`. */
  async rank({ query, documents }: RerankTask, signal: AbortSignal): Promise<RerankResult> {
    const { pool, givesProbabilities } = this.#options;
    if (!(await pool.isRanking())) throw createNoRanker();
    const toPair = this.#readPairs(query);
    const pairs = documents.map((document, index) => {
      const pair = toPair(document);
      if (pair.length > pool.longestText) throw createOverflow(index, pair.length, pool.longestText);
      return pair;
    });
    const scores = await pool.compute(pairs, signal);
    return {
      scores: scores.map(([score]) => requireScore(score)),
      tokenCounts: pairs.map(({ length }) => length),
      areProbabilities: givesProbabilities,
    };
  }

  /** As llama-server puts a pair together, so that scores are the same. What never changes is read once. */
  #readPairs(query: string): (document: string) => Uint32Array {
    const { vocabulary, template } = this.#options;
    const read = (text: string): Uint32Array => vocabulary.tokenize(text, { isRaw: true });
    if (template !== null) return (document) => this.#fillTemplate(template, query, document);
    const { begin, end, between } = pairTokens(vocabulary);
    const before = [...begin, ...read(query), ...between];
    return (document) => Uint32Array.from([...before, ...read(document), ...end]);
  }

  /** Control tokens of the template are control tokens; words of query and document that look like them stay words. */
  #fillTemplate(template: string, query: string, document: string): Uint32Array {
    const { vocabulary } = this.#options;
    const parts = template.split(/(\{query\}|\{document\})/);
    const tokens = parts.flatMap((part) => {
      if (part === '{query}') return [...vocabulary.tokenize(query, { isRaw: true })];
      if (part === '{document}') return [...vocabulary.tokenize(document, { isRaw: true })];
      return [...vocabulary.tokenize(part)];
    });
    return Uint32Array.from(tokens);
  }
}

function pairTokens(vocabulary: NativeVocabulary): Record<'begin' | 'between' | 'end', number[]> {
  const { beginToken, separatorToken, wantsBeginToken, wantsEndToken, wantsSeparatorToken } = vocabulary;
  const endToken = vocabulary.endToken ?? separatorToken;
  const end = wantsEndToken === true && endToken !== undefined ? [endToken] : [];
  const separator = wantsSeparatorToken === true && separatorToken !== undefined ? [separatorToken] : [];
  return {
    begin: wantsBeginToken && beginToken !== undefined ? [beginToken] : [],
    between: [...end, ...separator],
    end,
  };
}

function requireScore(score: number | undefined): number {
  if (score !== undefined && Number.isFinite(score)) return score;
  throw new Error('The model gave a score that is no number.');
}

function createNoRanker(): AppError {
  return new AppError('capability-missing', 'This model scores no documents: it was not made for re-ranking.', {
    hint: 'Choose a re-ranker, such as bge-reranker or Qwen3-Reranker; /v1/embeddings compares texts by vectors.',
    data: { param: 'model' },
  });
}

function createOverflow(index: number, promptTokens: number, contextSize: number): AppError {
  return new AppError(
    'context-overflow',
    `Document ${index} and the query have ${promptTokens} tokens; the model takes ${contextSize} at once.`,
    { hint: 'Send it in pieces.', data: { param: `documents[${index}]`, promptTokens, contextSize } },
  );
}
