import { invalidParameter } from '../validate.ts';
import type { RerankBody, TextRerankBody } from './schema.ts';

/** What is wanted, whoever's words it came in. */
export interface RerankWishes {
  model: string | undefined;
  query: string;
  documents: string[];
  /** Best results that are told; undefined for all. */
  kept: number | undefined;
  withTexts: boolean;
  /** False: scores are brought between 0 and 1. */
  wantsRawScores: boolean;
}

/** `isRawByDefault`: scores as the model gives them, unless the request says otherwise. */
export function decodeRerank(body: RerankBody, isRawByDefault: boolean): RerankWishes {
  const { top_n, top_k } = body;
  if (top_n !== undefined && top_k !== undefined && top_n !== top_k) {
    throw invalidParameter('top_k', '"top_n" says something else');
  }
  return {
    model: body.model,
    query: body.query,
    documents: body.documents.map((document) => (typeof document === 'string' ? document : document.text)),
    kept: top_n ?? top_k,
    withTexts: body.return_documents === true,
    wantsRawScores: body.raw_scores ?? isRawByDefault,
  };
}

export function decodeTextRerank(body: TextRerankBody): RerankWishes {
  return {
    model: body.model,
    query: body.query,
    documents: body.texts,
    kept: body.top_n,
    withTexts: body.return_text === true,
    wantsRawScores: body.raw_scores ?? false,
  };
}
