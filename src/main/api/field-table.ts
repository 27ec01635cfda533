import { countFields, messageFields } from './anthropic/fields.ts';
import type { Fields } from './field-row.ts';
import { applyTemplateFields, detokenizeFields, tokenizeFields } from './llama-server/fields.ts';
import { chatFields, completionFields, embeddingFields } from './openai/fields.ts';

/** The endpoints whose request fields are tabled. */
export type Endpoint =
  | 'anthropic-messages'
  | 'anthropic-count'
  | 'openai-chat'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'llama-apply-template'
  | 'llama-tokenize'
  | 'llama-detokenize';

/**
 * Which request fields are honoured, ignored or refused, per endpoint; the rows stand with their dialects. Fields
 * without a row count as ignored.
 */
export const fieldTable: Readonly<Record<Endpoint, Fields>> = {
  'anthropic-messages': messageFields,
  'anthropic-count': countFields,
  'openai-chat': chatFields,
  'openai-completions': completionFields,
  'openai-embeddings': embeddingFields,
  'llama-apply-template': applyTemplateFields,
  'llama-tokenize': tokenizeFields,
  'llama-detokenize': detokenizeFields,
};
