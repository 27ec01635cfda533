import { encodeGguf, float, floats, text, texts, whole, wholes, type RawGguf, type RawValue } from './gguf-bytes.ts';

/** A file that must never reach a library, and what Impetus' pre-check says about it. */
export interface HostileGguf {
  name: string;
  bytes: Buffer;
  code: 'model-file-invalid' | 'model-format-unsupported';
  /** `data.problem` of the error. */
  problem: string;
  /** True for those that end the whole process when node-llama-cpp 3.22.1 loads them. */
  abortsNativeCode?: boolean;
}

const embedding = 32;
const feedForward = 64;
const keyValueWidth = 16;
const layers = 2;
const specialTokens = ['<unk>', '<s>', '</s>'];
const byteTokens = Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`);
const letters = Array.from('▁abcdefghijklmnopqrstuvwxyz');
const tokens = [...specialTokens, ...byteTokens, ...letters];

/** A complete llama of about 130 kB that really loads: the base that each hostile file changes in one place. */
export function createHealthyGguf(): RawGguf {
  return {
    pairs: [
      ['general.architecture', text('llama')],
      ['general.name', text('Tiny Healthy')],
      ['general.file_type', whole(0)],
      ['llama.block_count', whole(layers)],
      ['llama.context_length', whole(512)],
      ['llama.embedding_length', whole(embedding)],
      ['llama.feed_forward_length', whole(feedForward)],
      ['llama.attention.head_count', whole(2)],
      ['llama.attention.head_count_kv', whole(1)],
      ['llama.rope.dimension_count', whole(16)],
      ['llama.attention.layer_norm_rms_epsilon', float(1e-5)],
      ['llama.vocab_size', whole(tokens.length)],
      ['tokenizer.ggml.model', text('llama')],
      ['tokenizer.ggml.tokens', texts(tokens)],
      ['tokenizer.ggml.scores', floats(tokens.map((_, index) => -index))],
      ['tokenizer.ggml.token_type', wholes(tokens.map((_, index) => toTokenType(index)))],
      ['tokenizer.ggml.bos_token_id', whole(1)],
      ['tokenizer.ggml.eos_token_id', whole(2)],
      ['tokenizer.chat_template', text('{% for message in messages %}{{ message.content }}{% endfor %}')],
    ],
    tensors: [
      { name: 'token_embd.weight', dimensions: [embedding, tokens.length] },
      ...Array.from({ length: layers }, (_, layer) => createBlock(layer)).flat(),
      { name: 'output_norm.weight', dimensions: [embedding] },
    ],
  };
}

function createBlock(layer: number) {
  const shapes: [name: string, dimensions: number[]][] = [
    ['attn_norm', [embedding]],
    ['attn_q', [embedding, embedding]],
    ['attn_k', [embedding, keyValueWidth]],
    ['attn_v', [embedding, keyValueWidth]],
    ['attn_output', [embedding, embedding]],
    ['ffn_norm', [embedding]],
    ['ffn_gate', [embedding, feedForward]],
    ['ffn_up', [embedding, feedForward]],
    ['ffn_down', [feedForward, embedding]],
  ];
  return shapes.map(([name, dimensions]) => ({ name: `blk.${layer}.${name}.weight`, dimensions }));
}

/** Unknown, control, byte or normal token, as ggml numbers them. */
function toTokenType(index: number): number {
  if (index === 0) return 2;
  if (index < specialTokens.length) return 3;
  return index < specialTokens.length + byteTokens.length ? 6 : 1;
}

/** The healthy model with metadata values put in place of its own (undefined removes one) or added. */
export function changeMetadata(changes: Record<string, RawValue | undefined>): RawGguf {
  const healthy = createHealthyGguf();
  const kept = healthy.pairs
    .map(([key, value]): [string, RawValue | undefined] => [key, key in changes ? changes[key] : value])
    .filter((pair): pair is [string, RawValue] => pair[1] !== undefined);
  const known = new Set(healthy.pairs.map(([key]) => key));
  const added = Object.entries(changes).filter(
    (pair): pair is [string, RawValue] => !known.has(pair[0]) && pair[1] !== undefined,
  );
  return { ...healthy, pairs: [...kept, ...added] };
}

const invalid = (name: string, problem: string, raw: RawGguf | Buffer): HostileGguf => ({
  name,
  problem,
  code: 'model-file-invalid',
  bytes: Buffer.isBuffer(raw) ? raw : encodeGguf(raw),
});
const unsupported = (name: string, problem: string, raw: RawGguf | Buffer): HostileGguf => ({
  ...invalid(name, problem, raw),
  code: 'model-format-unsupported',
});

/** Every named hostile file, made anew. */
export function createHostileGgufs(): HostileGguf[] {
  return [...truncatedFiles(), ...otherFiles(), ...hostileCounts(), ...hostileTensors(), ...hostileMeanings()];
}

function truncatedFiles(): HostileGguf[] {
  const whole = encodeGguf(createHealthyGguf());
  const lengths = [4, 7, 8, 10, 16, 23, 24, 25, 200];
  for (let length = 1024; length < 8192; length += 1024) lengths.push(length);
  lengths.push(Math.floor(whole.length / 20), Math.floor(whole.length / 2), whole.length - 100, whole.length - 1);
  return lengths.map((length) => invalid(`cut after ${length} bytes`, 'truncated', whole.subarray(0, length)));
}

function otherFiles(): HostileGguf[] {
  const version = (number: number): RawGguf => ({ ...createHealthyGguf(), version: number });
  return [
    invalid('0 bytes', 'empty', Buffer.alloc(0)),
    unsupported('3 bytes', 'unknown', Buffer.from('GGU')),
    unsupported('wrong magic', 'unknown', encodeGguf({ ...createHealthyGguf(), magic: 'GGUX' })),
    invalid('web page', 'html-page', Buffer.from('<!DOCTYPE html><html><body>Not found</body></html>')),
    invalid('json', 'json', Buffer.from('{"error":"not found"}')),
    invalid('zeros', 'zeros', Buffer.alloc(4096)),
    invalid('version 0', 'version', version(0)),
    unsupported('version 1', 'version', version(1)),
    unsupported('version 4', 'version', version(4)),
    unsupported('version 99', 'version', version(99)),
    unsupported('big-endian', 'big-endian', version(0x03000000)),
  ];
}

function hostileCounts(): HostileGguf[] {
  const healthy = createHealthyGguf();
  const lengths = [2n ** 31n, 0xe000_0000n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 60n, 2n ** 63n];
  const longText = (claimedLength: bigint) =>
    changeMetadata({ 'general.name': { type: 'string', value: 'x', claimedLength } });
  const longArray = (elementType: number, count: bigint) =>
    changeMetadata({ 'tokenizer.ggml.scores': { type: 'array', elementType, count, body: Buffer.alloc(16) } });
  return [
    ...[2n ** 40n, 2n ** 60n, 2n ** 63n].flatMap((count) => [
      invalid(`tensor count ${count}`, 'count', { ...healthy, claimedTensors: count }),
      invalid(`metadata count ${count}`, 'count', { ...healthy, claimedPairs: count }),
    ]),
    invalid('metadata count 65536', 'truncated', { ...healthy, claimedPairs: 65_536n }),
    ...lengths.flatMap((length) => [
      abortsIf(length, invalid(`key length ${length}`, 'length', { ...healthy, claimedKeyLength: length })),
      invalid(`text length ${length}`, 'length', longText(length)),
    ]),
    invalid('array of 2^32 numbers', 'array-length', longArray(6, 2n ** 32n)),
    invalid('array of 2^60 texts', 'array-length', longArray(8, 2n ** 60n)),
    invalid('array of 2^23 numbers in a small file', 'truncated', longArray(6, 2n ** 23n)),
    invalid('array of arrays', 'nested-array', longArray(9, 1n)),
    invalid('array of unknown type', 'value-type', longArray(77, 1n)),
    invalid(
      'unknown value type',
      'value-type',
      changeMetadata({ 'general.name': { type: 'raw', typeNumber: 200, body: Buffer.alloc(8) } }),
    ),
    invalid('key twice', 'metadata-name', { ...healthy, pairs: [...healthy.pairs, ['general.name', text('again')]] }),
    invalid('empty key', 'metadata-name', { ...healthy, pairs: [...healthy.pairs, ['', text('x')]] }),
    invalid('key with a zero byte', 'metadata-name', {
      ...healthy,
      pairs: [...healthy.pairs, ['\0key', text('x')]],
    }),
    invalid(
      'template of 3 MiB',
      'length',
      changeMetadata({ 'tokenizer.chat_template': text('x'.repeat(3 * 2 ** 20)) }),
    ),
  ];
}

/** The JavaScript reader of node-llama-cpp hands lengths from 2^31 to 2^32 - 1 to a read that aborts the process. */
function abortsIf(keyLength: bigint, file: HostileGguf): HostileGguf {
  return keyLength >= 2n ** 31n && keyLength < 2n ** 32n ? { ...file, abortsNativeCode: true } : file;
}

function hostileTensors(): HostileGguf[] {
  const change = (patch: Partial<RawGguf['tensors'][number]>): RawGguf => {
    const healthy = createHealthyGguf();
    const tensors = healthy.tensors.map((tensor, index) => (index === 1 ? { ...tensor, ...patch } : tensor));
    return { ...healthy, tensors };
  };
  const aligned = (value: number) => changeMetadata({ 'general.alignment': whole(value) });
  return [
    invalid('no dimensions', 'tensor-shape', change({ dimensions: [] })),
    invalid('5 dimensions', 'tensor-shape', change({ dimensions: [2, 2, 2, 2, 2] })),
    invalid('99 dimensions', 'tensor-shape', change({ claimedDimensions: 99 })),
    invalid('dimension 0', 'tensor-shape', change({ dimensions: [0] })),
    invalid('dimension 2^42 + 1', 'truncated', change({ dimensions: [2n ** 42n + 1n] })),
    invalid('dimension 2^63', 'tensor-shape', change({ dimensions: [2n ** 63n] })),
    invalid('dimensions that overflow', 'tensor-shape', change({ dimensions: [2n ** 32n, 2n ** 32n] })),
    invalid('type 200', 'tensor-type', change({ type: 200 })),
    invalid('removed type 4', 'tensor-type', change({ type: 4 })),
    invalid('rows that fill no block', 'tensor-shape', change({ type: 12, dimensions: [32] })),
    invalid('name of 64 bytes', 'length', change({ name: 'x'.repeat(64) })),
    invalid('tensor without name', 'tensor-name', change({ name: '' })),
    invalid('tensor twice', 'tensor-name', change({ name: 'token_embd.weight' })),
    invalid('offset past the end', 'truncated', change({ offset: 2n ** 40n })),
    invalid('offset 2^63', 'truncated', change({ offset: 2n ** 63n })),
    invalid('offset between the steps', 'tensor-offset', change({ offset: 33n })),
    invalid('overlapping tensors', 'tensor-overlap', change({ offset: 32n })),
    invalid('alignment 0', 'alignment', aligned(0)),
    invalid('alignment 3', 'alignment', aligned(3)),
    invalid('alignment 2^31', 'alignment', aligned(2 ** 31)),
    invalid('alignment as text', 'alignment', changeMetadata({ 'general.alignment': text('32') })),
    unsupported('no tensors', 'other-kind', { ...createHealthyGguf(), tensors: [] }),
  ];
}

function hostileMeanings(): HostileGguf[] {
  const one = (problem: string, key: string, value: RawValue | undefined, label = describe(value)): HostileGguf =>
    invalid(`${key} ${label}`, problem, changeMetadata({ [key]: value }));
  const aborting = (file: HostileGguf): HostileGguf => ({ ...file, abortsNativeCode: true });
  return [
    one('architecture', 'general.architecture', undefined),
    one('architecture', 'general.architecture', text('a b\n')),
    one('metadata-type', 'general.architecture', whole(3)),
    aborting(one('block-count', 'llama.block_count', whole(0))),
    aborting(one('block-count', 'llama.block_count', whole(1_000_000))),
    one('block-count', 'llama.block_count', whole(1)),
    one('block-count', 'llama.block_count', whole(3)),
    one('block-count', 'llama.block_count', undefined),
    aborting(one('head-count', 'llama.attention.head_count', whole(0))),
    one('head-size', 'llama.attention.head_count', whole(3)),
    one('head-count', 'llama.attention.head_count', undefined),
    one('metadata-type', 'llama.attention.head_count', wholes([2]), 'for one layer of two'),
    one('head-count', 'llama.attention.head_count', wholes([2, 0]), 'of 0 in one layer'),
    aborting(one('head-count-kv', 'llama.attention.head_count_kv', whole(0))),
    one('head-count-kv', 'llama.attention.head_count_kv', whole(3)),
    one('embedding-length', 'llama.embedding_length', whole(0)),
    one('head-size', 'llama.embedding_length', whole(65)),
    one('embedding', 'llama.embedding_length', whole(64)),
    aborting(one('feed-forward', 'llama.feed_forward_length', whole(0))),
    aborting(one('feed-forward', 'llama.feed_forward_length', undefined)),
    one('rope-dimensions', 'llama.rope.dimension_count', whole(0)),
    one('rope-dimensions', 'llama.rope.dimension_count', whole(7)),
    one('rope-dimensions', 'llama.rope.dimension_count', whole(64)),
    one('metadata-value', 'llama.attention.layer_norm_rms_epsilon', float(NaN)),
    one('vocabulary', 'llama.vocab_size', whole(9)),
    one('vocabulary', 'tokenizer.ggml.tokens', undefined),
    one('vocabulary', 'tokenizer.ggml.tokens', wholes([1, 2]), 'as numbers'),
    aborting(one('token-twice', 'tokenizer.ggml.tokens', texts(replaceToken('b', 'a')), 'with a text twice')),
    one('byte-token', 'tokenizer.ggml.tokens', texts(replaceToken('<0x41>', '<0xZZ>')), 'with <0xZZ>'),
    one('byte-token', 'tokenizer.ggml.tokens', texts(replaceToken('<0x41>', '<0x-1>')), 'with <0x-1>'),
    one('byte-token', 'tokenizer.ggml.tokens', texts(replaceToken('<0x0A>', '<0x0Ah')), 'without a line feed'),
    one('byte-token', 'tokenizer.ggml.token_type', wholes(tokens.map(() => 6)), 'of bytes only'),
    one('length', 'tokenizer.ggml.tokens', texts(replaceToken('a', 'a'.repeat(70_000))), 'with a text of 70 kB'),
    one('vocabulary', 'tokenizer.ggml.scores', floats([1]), 'for one token'),
    one('vocabulary', 'tokenizer.ggml.token_type', wholes([1]), 'for one token'),
    one('tokenizer', 'tokenizer.ggml.model', undefined),
    one('special-token', 'tokenizer.ggml.bos_token_id', whole(1_000_000)),
    one('special-token', 'tokenizer.ggml.eos_token_id', whole(0xffff_ffff)),
    one('context-length', 'llama.context_length', whole(0)),
    one('context-length', 'llama.context_length', whole(0xffff_ffff)),
    one('metadata-type', 'tokenizer.chat_template', whole(1)),
    one('shards', 'split.count', whole(7)),
    invalid('token_embd.weight missing', 'embedding', withoutTensor('token_embd.weight')),
    unsupported('image projector', 'other-kind', changeMetadata({ 'general.architecture': text('clip') })),
    unsupported('adapter', 'other-kind', changeMetadata({ 'general.type': text('adapter') })),
  ];
}

function describe(value: RawValue | undefined): string {
  if (value === undefined) return 'missing';
  return 'value' in value ? JSON.stringify(String(value.value)) : value.type;
}

function replaceToken(token: string, by: string): string[] {
  return tokens.map((own) => (own === token ? by : own));
}

function withoutTensor(name: string): RawGguf {
  const healthy = createHealthyGguf();
  return { ...healthy, tensors: healthy.tensors.filter((tensor) => tensor.name !== name) };
}
