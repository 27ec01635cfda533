import type { ModelFacts } from '#shared/domain/model.ts';
import { detectReasoning } from '../../decoding/index.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

/** llama.cpp's numbers of how a model's vectors are made of its tokens'. */
const noPooling = 0;
const rankPooling = 4;

/** Networks that read a text in both directions: they embed it and write none. */
const encoders =
  /^(bert|nomic-bert|nomic-bert-moe|jina-bert-v2|jina-bert-v3|neo-bert|modern-bert|eurobert|gemma-embedding|t5encoder)$/;

const infillKeys = ['tokenizer.ggml.fim_pre_token_id', 'tokenizer.ggml.prefix_token_id'];

/** What the header declares the model to be made for. */
export function readTraits(metadata: GgufMetadata): NonNullable<ModelFacts['traits']> {
  const template = metadata.getText('tokenizer.chat_template');
  const toolTemplate = metadata.getText('tokenizer.chat_template.tool_use') ?? template;
  return {
    gives: readOutput(metadata),
    presentsTools: /\btools\b/.test(toolTemplate ?? ''),
    thinks: detectReasoning(template) !== undefined,
    fillsIn:
      infillKeys.some((key) => metadata.getNumber(key) !== undefined) ||
      metadata.getArray('tokenizer.ggml.tokens')?.tokens?.hasInfillToken === true,
  };
}

function readOutput(metadata: GgufMetadata): 'text' | 'vectors' | 'scores' {
  const pooling = metadata.getNumber(metadata.keyOf('pooling_type')) ?? noPooling;
  if (pooling === rankPooling) return 'scores';
  return pooling !== noPooling || encoders.test(metadata.architecture) ? 'vectors' : 'text';
}
