import { honoured, ignored, isEmpty, noAccounts, refused, type Fields } from '../field-row.ts';

const isFalse = (value: unknown): boolean => value === false;
const isTextField = (value: unknown): boolean => Array.isArray(value) && value.every((name) => name === 'text');
const noCut = 'Documents are never cut: one that is too long is refused.';

/** Re-ranking as Jina, Cohere, Voyage and llama-server ask for it. */
export const rerankFields: Fields = {
  model: honoured('which model answers'),
  query: honoured('the scores'),
  documents: honoured('the scores'),
  top_n: honoured('how many results there are'),
  top_k: honoured('how many results there are'),
  return_documents: honoured('the text beside each score'),
  raw_scores: honoured('the range of the scores'),
  rank_fields: refused('Documents are texts, or objects with the field "text".', isTextField),
  max_tokens_per_doc: ignored(noCut),
  max_chunks_per_doc: ignored(noCut),
  truncation: ignored(noCut, isFalse),
  truncate: ignored(noCut, isFalse),
  return_embeddings: refused('Scores come without vectors.', isFalse),
  priority: ignored('Requests are answered in their order.'),
  client_name: ignored(noAccounts),
  user: ignored(noAccounts),
  metadata: ignored(noAccounts, isEmpty),
};

/** Re-ranking as Text Embeddings Inference has it. */
export const textRerankFields: Fields = {
  model: honoured('which model answers'),
  query: honoured('the scores'),
  texts: honoured('the scores'),
  raw_scores: honoured('the range of the scores'),
  return_text: honoured('the text beside each score'),
  top_n: honoured('how many results there are'),
  truncate: ignored(noCut, isFalse),
  truncation_direction: ignored(noCut),
};
