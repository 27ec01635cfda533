import { countFields, messageFields } from './anthropic/fields.ts';
import type { Fields } from './field-row.ts';
import {
  applyTemplateFields,
  detokenizeFields,
  infillFields,
  llamaLoadFields,
  llamaUnloadFields,
  nativeCompletionFields,
  nativeEmbeddingFields,
  tokenizeFields,
} from './llama-server/fields.ts';
import { lmStudioDownloadFields, lmStudioLoadFields, lmStudioUnloadFields } from './lm-studio/fields.ts';
import {
  ollamaChatFields,
  ollamaCopyFields,
  ollamaCreateFields,
  ollamaDeleteFields,
  ollamaEmbedFields,
  ollamaEmbeddingsFields,
  ollamaGenerateFields,
  ollamaOptionsFields,
  ollamaPullFields,
  ollamaShowFields,
} from './ollama/fields.ts';
import { chatFields, completionFields, embeddingFields, fimFields } from './openai/fields.ts';
import { compactFields, inputTokenFields, responseFields } from './openai/responses/fields.ts';
import { rerankFields, textRerankFields } from './rerank/fields.ts';

/** The endpoints whose request fields are tabled. */
export type Endpoint =
  | 'anthropic-messages'
  | 'anthropic-count'
  | 'openai-chat'
  | 'openai-responses'
  | 'openai-responses-input'
  | 'openai-responses-compact'
  | 'openai-completions'
  | 'openai-embeddings'
  | 'openai-fim'
  | 'llama-completion'
  | 'llama-embedding'
  | 'llama-infill'
  | 'rerank'
  | 'text-rerank'
  | 'llama-apply-template'
  | 'llama-tokenize'
  | 'llama-detokenize'
  | 'llama-load'
  | 'llama-unload'
  | 'lm-studio-load'
  | 'lm-studio-unload'
  | 'lm-studio-download'
  | 'ollama-chat'
  | 'ollama-generate'
  | 'ollama-options'
  | 'ollama-embed'
  | 'ollama-embeddings'
  | 'ollama-show'
  | 'ollama-pull'
  | 'ollama-create'
  | 'ollama-copy'
  | 'ollama-delete';

/**
 * Which request fields are honoured, ignored or refused, per endpoint; the rows stand with their dialects. Fields
 * without a row count as ignored.
 */
export const fieldTable: Readonly<Record<Endpoint, Fields>> = {
  'anthropic-messages': messageFields,
  'anthropic-count': countFields,
  'openai-chat': chatFields,
  'openai-responses': responseFields,
  'openai-responses-input': inputTokenFields,
  'openai-responses-compact': compactFields,
  'openai-completions': completionFields,
  'openai-embeddings': embeddingFields,
  'openai-fim': fimFields,
  'llama-completion': nativeCompletionFields,
  'llama-embedding': nativeEmbeddingFields,
  'llama-infill': infillFields,
  rerank: rerankFields,
  'text-rerank': textRerankFields,
  'llama-apply-template': applyTemplateFields,
  'llama-tokenize': tokenizeFields,
  'llama-detokenize': detokenizeFields,
  'llama-load': llamaLoadFields,
  'llama-unload': llamaUnloadFields,
  'lm-studio-load': lmStudioLoadFields,
  'lm-studio-unload': lmStudioUnloadFields,
  'lm-studio-download': lmStudioDownloadFields,
  'ollama-chat': ollamaChatFields,
  'ollama-generate': ollamaGenerateFields,
  'ollama-options': ollamaOptionsFields,
  'ollama-embed': ollamaEmbedFields,
  'ollama-embeddings': ollamaEmbeddingsFields,
  'ollama-show': ollamaShowFields,
  'ollama-pull': ollamaPullFields,
  'ollama-create': ollamaCreateFields,
  'ollama-copy': ollamaCopyFields,
  'ollama-delete': ollamaDeleteFields,
};
