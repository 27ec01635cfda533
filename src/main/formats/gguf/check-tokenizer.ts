import type { GgufTensor } from './gguf-header.ts';
import type { GgufMetadata } from './gguf-metadata.ts';

/** ggml's number for tokens that stand for one byte. */
const byteType = 6;

export interface CheckedTokenizer {
  vocabularySize: number;
  hasChatTemplate: boolean;
}

interface Vocabulary {
  size: number;
  /** Key that gave the size, for messages. */
  key: string;
}

/** A tokenizer is there, its lists fit each other and the weights, and its special tokens are in it. */
export function checkTokenizer(metadata: GgufMetadata, tensors: readonly GgufTensor[]): CheckedTokenizer {
  const vocabulary = readVocabulary(metadata);
  checkCompanions(metadata, vocabulary);
  checkTokens(metadata);
  checkEmbedding(metadata, tensors, vocabulary);
  checkSpecialTokens(metadata, vocabulary);
  const template = metadata.getText('tokenizer.chat_template') ?? '';
  return { vocabularySize: vocabulary.size, hasChatTemplate: template.trim() !== '' };
}

function readVocabulary(metadata: GgufMetadata): Vocabulary {
  const model = metadata.getText('tokenizer.ggml.model');
  const sizeKey = metadata.keyOf('vocab_size');
  const size = metadata.getNumber(sizeKey);
  if (model === undefined) {
    throw metadata.refuse('tokenizer', 'It has no tokenizer, so it is not a language model that can run by itself.');
  }
  if (model === 'none') {
    if (size !== undefined && Number.isInteger(size) && size >= 1) return { size, key: sizeKey };
    throw metadata.refuse('vocabulary', `It has no tokenizer and its ${sizeKey} is ${size ?? 'missing'}.`);
  }
  const key = 'tokenizer.ggml.tokens';
  const tokens = metadata.getArray(key);
  if (!tokens || tokens.elementType !== 'string' || tokens.count < 1) {
    throw metadata.refuse('vocabulary', `It has no list of tokens (${key}).`);
  }
  if (size !== undefined && size !== tokens.count) {
    throw metadata.refuse('vocabulary', `Its ${sizeKey} is ${size}, but it lists ${tokens.count} tokens.`);
  }
  return { size: tokens.count, key };
}

function checkCompanions(metadata: GgufMetadata, { size }: Vocabulary): void {
  for (const key of ['tokenizer.ggml.scores', 'tokenizer.ggml.token_type']) {
    const list = metadata.getArray(key);
    if (!list || list.count === size) continue;
    throw metadata.refuse('vocabulary', `${key} has ${list.count} items for ${size} tokens.`);
  }
}

/** What native code relies on without looking: each text once, byte tokens written as such, and every byte spelt. */
function checkTokens(metadata: GgufMetadata): void {
  const tokens = metadata.getArray('tokenizer.ggml.tokens')?.tokens;
  if (!tokens) return;
  if (tokens.hasDuplicates) throw metadata.refuse('token-twice', 'Two of its tokens have the same text.');
  const types = metadata.getArray('tokenizer.ggml.token_type')?.items ?? [];
  for (let index = 0; index < types.length; index++) {
    if (types[index] !== byteType || tokens.isByteToken(index)) continue;
    throw metadata.refuse('byte-token', `Its token ${index} claims to be a byte and is not.`);
  }
  const spellsUnknownText = metadata.getText('tokenizer.ggml.model') === 'llama';
  if (!spellsUnknownText || tokens.missingBytes === 0) return;
  throw metadata.refuse(
    'byte-token',
    `Its tokens lack ${tokens.missingBytes} of the 256 bytes that spell unknown text.`,
  );
}

function checkEmbedding(metadata: GgufMetadata, tensors: readonly GgufTensor[], { size, key }: Vocabulary): void {
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  if (!embedding) throw metadata.refuse('embedding', 'The tensor token_embd.weight is missing.');
  const [width, rows = 1] = embedding.dimensions;
  const expectedWidth = metadata.getNumber(metadata.keyOf('embedding_length'));
  if (rows === size && width === expectedWidth) return;
  throw metadata.refuse(
    'embedding',
    `Its token_embd.weight is ${width} x ${rows}; ${key} and embedding_length ask for ${expectedWidth} x ${size}.`,
  );
}

function checkSpecialTokens(metadata: GgufMetadata, { size }: Vocabulary): void {
  for (const name of ['bos', 'eos']) {
    const key = `tokenizer.ggml.${name}_token_id`;
    const token = metadata.getNumber(key);
    if (token === undefined || (Number.isInteger(token) && token >= 0 && token < size)) continue;
    throw metadata.refuse('special-token', `Its ${key} is ${token}, outside its ${size} tokens.`);
  }
}
