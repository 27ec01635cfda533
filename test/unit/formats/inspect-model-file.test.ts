import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { inspectModelFile } from '#main/formats/index.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { encodeGguf, float, text, texts, whole, wholes, type RawGguf } from '#test/support/gguf-bytes.ts';
import { changeMetadata, createHealthyGguf } from '#test/support/hostile-gguf.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

async function inspect(raw: RawGguf, name = 'model.gguf') {
  const file = path.join(await createTempFolder(), name);
  await writeFile(file, encodeGguf(raw));
  return inspectModelFile(file);
}

test('reads the facts of the default model', async () => {
  await inspectModelFile(smolModelPath);
  const startedAt = performance.now();
  expect(await inspectModelFile(smolModelPath)).toMatchObject({
    files: [smolModelPath],
    sizeBytes: 98_362_432,
    facts: {
      format: 'gguf',
      architecture: 'llama',
      name: 'Smollm2 135M 8k Lc100K Mix1 Ep2',
      quantization: 'Q4_1',
      parameterCount: 134_515_008,
      trainedContext: 8192,
      layerCount: 30,
      embeddingSize: 576,
      vocabularySize: 49_152,
      kvBytesPerToken: 23_040,
      hasChatTemplate: true,
      traits: { gives: 'text', presentsTools: false, thinks: false, fillsIn: false },
      sampling: {},
    },
  });
  expect(performance.now() - startedAt).toBeLessThan(500);
});

test(
  'a truncated download is refused with both sizes',
  verifies(['S3-11'], { breaks: 'src/main/formats/gguf/check-tensors.ts#checkTensors' }, async () => {
    const bytes = encodeGguf(createHealthyGguf());
    const file = path.join(await createTempFolder(), 'half.gguf');
    await writeFile(file, bytes.subarray(0, bytes.length - 10_000));
    await expect(inspectModelFile(file)).rejects.toMatchObject({
      code: 'model-file-invalid',
      message: expect.stringContaining(`need ${bytes.length} bytes, the file has ${bytes.length - 10_000}`) as string,
      hint: expect.stringContaining('download the file again') as string,
    });
  }),
);

test('takes the name of the file where the header gives none', async () => {
  expect((await inspect(changeMetadata({ 'general.name': undefined }), 'My Model.gguf')).facts.name).toBe('My Model');
});

const toolTemplate = '{% if tools %}<tools>{{ tools }}</tools><tool_call>{% endif %}<think></think>{{ messages }}';

test.each<{ declared: string; changes: Parameters<typeof changeMetadata>[0]; traits: object }>([
  { declared: 'nothing special', changes: {}, traits: { gives: 'text', presentsTools: false, thinks: false } },
  {
    declared: 'tools and thinking in its template',
    changes: { 'tokenizer.chat_template': text(toolTemplate) },
    traits: { gives: 'text', presentsTools: true, thinks: true, fillsIn: false },
  },
  { declared: 'a pooling of means', changes: { 'llama.pooling_type': whole(1) }, traits: { gives: 'vectors' } },
  { declared: 'ranking', changes: { 'llama.pooling_type': whole(4) }, traits: { gives: 'scores' } },
  { declared: 'no pooling', changes: { 'llama.pooling_type': whole(0) }, traits: { gives: 'text' } },
  {
    declared: 'a gap token by its id',
    changes: { 'tokenizer.ggml.fim_pre_token_id': whole(5) },
    traits: { fillsIn: true },
  },
])('a file that declares $declared', async ({ changes, traits }) => {
  expect((await inspect(changeMetadata(changes))).facts.traits).toMatchObject(traits);
});

/** The healthy model with another text for its last token. */
function withLastToken(token: string): RawGguf {
  const healthy = createHealthyGguf();
  const renamed = texts([token]);
  const pairs = healthy.pairs.map(([key, value]): RawGguf['pairs'][number] => {
    if (key !== 'tokenizer.ggml.tokens' || value.type !== 'array' || renamed.type !== 'array') return [key, value];
    // A text is its length in eight bytes and itself: the last one is a single letter.
    return [key, { ...value, body: Buffer.concat([value.body.subarray(0, -9), renamed.body]) }];
  });
  return { ...healthy, pairs };
}

test.each([
  { token: '<|fim_prefix|>', fillsIn: true },
  { token: '<PRE>', fillsIn: true },
  { token: '<|fim_prefixes|>', fillsIn: false },
])('a vocabulary with $token fills in the middle: $fillsIn', async ({ token, fillsIn }) => {
  expect((await inspect(withLastToken(token))).facts.traits?.fillsIn).toBe(fillsIn);
});

test('takes recommended sampling, each value only where it is usable', async () => {
  const { facts } = await inspect(
    changeMetadata({
      'general.sampling.temp': float(0.5),
      'general.sampling.top_k': whole(20),
      'general.sampling.top_p': float(7),
      'general.sampling.xtc_probability': float(0.5),
      'general.sampling.xtc_threshold': float(0.25),
      'general.sampling.penalty_repeat': float(1.5),
      'general.sampling.penalty_last_n': whole(32),
      'general.sampling.mirostat': whole(2),
      'general.sampling.mirostat_tau': float(4),
      'general.sampling.mirostat_eta': float(-1),
    }),
  );
  expect(facts.sampling).toEqual({
    temperature: 0.5,
    topK: 20,
    xtcProbability: 0.5,
    xtcThreshold: 0.25,
    repeatPenalty: 1.5,
    repeatLastN: 32,
    mirostat: 2,
    mirostatTau: 4,
  });
});

test('says that there is no chat template', async () => {
  expect((await inspect(changeMetadata({ 'tokenizer.chat_template': undefined }))).facts.hasChatTemplate).toBe(false);
});

test('reads version 2 files', async () => {
  expect((await inspect({ ...createHealthyGguf(), version: 2 })).facts.layerCount).toBe(2);
});

test('honours a larger alignment', async () => {
  const raw = { ...changeMetadata({ 'general.alignment': whole(256) }), alignment: 256 };
  expect((await inspect(raw)).facts.layerCount).toBe(2);
});

test('names the quantization by the tensors when the header claims another', async () => {
  expect((await inspect(changeMetadata({ 'general.file_type': whole(15) }))).facts.quantization).toBe('F32');
  expect((await inspect(changeMetadata({ 'general.file_type': undefined }))).facts.quantization).toBe('F32');
});

test('counts key/value bytes per layer, and nothing for layers without attention', async () => {
  const healthy = await inspect(createHealthyGguf());
  expect(healthy.facts.kvBytesPerToken).toBe(2 * 1 * (16 + 16) * 2);
  const raw = changeMetadata({
    'llama.attention.head_count': wholes([2, 0]),
    'llama.attention.head_count_kv': wholes([1, 0]),
  });
  const tensors = raw.tensors.filter(({ name }) => !name.startsWith('blk.1.attn_'));
  const hybrid = await inspect({ ...raw, tensors });
  expect(hybrid.facts.kvBytesPerToken).toBe(1 * (16 + 16) * 2);
});

test('accepts networks without attention, which write head counts of 0', async () => {
  const rename = (key: string) => key.replace(/^llama\./, 'mamba.');
  const raw = changeMetadata({
    'general.architecture': text('mamba'),
    'llama.attention.head_count': whole(0),
    'llama.attention.head_count_kv': whole(0),
    'llama.feed_forward_length': whole(0),
    'llama.rope.dimension_count': undefined,
  });
  const { facts } = await inspect({ ...raw, pairs: raw.pairs.map(([key, value]) => [rename(key), value]) });
  expect(facts).toMatchObject({ architecture: 'mamba', kvBytesPerToken: null });
});

test('stops when it is told to', async () => {
  await expect(inspectModelFile(smolModelPath, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    code: 'cancelled',
  });
});

async function writeShards(change: (raw: RawGguf, index: number) => RawGguf | undefined = (raw) => raw) {
  const folder = await createTempFolder();
  const healthy = createHealthyGguf();
  const files = [1, 2, 3].map((number) => path.join(folder, `big-0000${number}-of-00003.gguf`));
  for (const [index, file] of files.entries()) {
    const split: RawGguf['pairs'] = [
      ['split.no', whole(index)],
      ['split.count', whole(3)],
      ['split.tensors.count', whole(healthy.tensors.length)],
    ];
    const pairs = index === 0 ? [...healthy.pairs, ...split] : split;
    const raw = change({ pairs, tensors: healthy.tensors.filter((_, tensor) => tensor % 3 === index) }, index);
    if (raw) await writeFile(file, encodeGguf(raw));
  }
  return files;
}

test('any shard stands for its whole model', async () => {
  const files = await writeShards();
  const whole = await inspect(createHealthyGguf());
  for (const file of files) {
    const model = await inspectModelFile(file);
    expect(model.files).toEqual(files);
    expect(model.facts).toEqual(whole.facts);
  }
});

test('a missing shard is named', async () => {
  const [first = ''] = await writeShards((raw, index) => (index === 1 ? undefined : raw));
  await expect(inspectModelFile(first)).rejects.toMatchObject({
    code: 'model-file-missing',
    data: { missing: ['big-00002-of-00003.gguf'] },
  });
});

test('shards that do not belong together are refused', async () => {
  const [first = ''] = await writeShards((raw, index) =>
    index === 2 ? { ...raw, pairs: [['split.no', whole(1)], ...raw.pairs.slice(1)] } : raw,
  );
  await expect(inspectModelFile(first)).rejects.toMatchObject({ data: { problem: 'shards' } });
  const [other = ''] = await writeShards((raw, index) => (index === 2 ? { ...raw, tensors: [] } : raw));
  await expect(inspectModelFile(other)).rejects.toMatchObject({ data: { problem: 'shards' } });
});
