import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { verifies } from '#test/support/verifies.ts';

/** What the endpoints answer comes from the model: one real file behind the whole app, the official client before it. */

const model = 'smollm2-135m-instruct.q4_1';
const completions = 'src/main/api/openai/completions/encode.ts#encodeTextCompletion';
const question = [{ role: 'user' as const, content: 'What is the capital of France? Answer in one sentence.' }];

let started: StartedApp;
let client: OpenAI;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
  client = new OpenAI({ baseURL: `${started.url}/v1`, apiKey: 'none', maxRetries: 0 });
}, 60_000);

afterAll(async () => {
  await started.stop();
});

test(
  'the model list tells the size, quantisation, context and abilities of the file',
  verifies(['S3-20', 'S3-72'], { breaks: 'src/main/api/openai/models/encode.ts#encodeModel' }, async () => {
    const { data } = await client.models.list();
    expect(data).toMatchObject([
      {
        id: model,
        format: 'gguf',
        quantization: 'Q4_1',
        capabilities: ['completion', 'chat', 'json-schema'],
        context_length: 1024,
        status: { value: 'loaded' },
        meta: { size: 98_362_432, n_ctx_train: 8192, n_params: 134_515_008, n_vocab: 49_152, n_embd: 576 },
      },
    ]);
  }),
);

describe('chat', () => {
  test(
    'streams tokens of the model, the same text as the whole answer',
    verifies(['S3-01', 'S3-72'], { breaks: 'src/main/api/openai/chat/chunks.ts#ChatChunks' }, async () => {
      const request = { model, messages: question, temperature: 0, max_tokens: 24 };
      const stream = await client.chat.completions.create({ ...request, stream: true });
      const pieces: string[] = [];
      for await (const chunk of stream) pieces.push(chunk.choices[0]?.delta.content ?? '');
      expect(pieces.filter((piece) => piece !== '').length).toBeGreaterThan(3);
      expect(pieces.join('')).toContain('Paris');
      const whole = await client.chat.completions.create(request);
      expect(whole.choices[0]?.message.content).toBe(pieces.join(''));
    }),
  );

  test(
    'a seed says the same again, another one something else',
    verifies(['S3-33'], { breaks: 'src/main/api/openai/chat/encode.ts#encodeChatCompletion' }, async () => {
      const ask = async (seed: number) => {
        const { choices } = await client.chat.completions.create({
          ...{ model, messages: question, seed },
          temperature: 1.2,
          max_tokens: 24,
        });
        return choices[0]?.message.content ?? '';
      };
      const first = await ask(7);
      expect(first.length).toBeGreaterThan(10);
      expect(await ask(7)).toBe(first);
      expect(await ask(8)).not.toBe(first);
    }),
  );
});

test(
  'a completion honours temperature, top_p and max_tokens',
  verifies(['S3-34', 'S3-72'], { breaks: completions }, async () => {
    const ask = async (fields: Partial<OpenAI.CompletionCreateParamsNonStreaming>) => {
      const { choices, usage } = await client.completions.create({
        ...{ model, prompt: 'The three largest cities of France are', max_tokens: 16 },
        ...fields,
      });
      return { text: choices[0]?.text ?? '', reason: choices[0]?.finish_reason, tokens: usage?.completion_tokens };
    };
    const greedy = await ask({ temperature: 0, seed: 1 });
    expect(greedy).toMatchObject({ reason: 'length', tokens: 16, text: expect.stringContaining('Paris') as string });
    expect(await ask({ temperature: 0, seed: 2 })).toEqual(greedy);
    const hot = await ask({ temperature: 1.8, top_p: 1, seed: 1 });
    expect(hot.text).not.toBe(greedy.text);
    expect((await ask({ temperature: 1.8, top_p: 1, seed: 2 })).text).not.toBe(hot.text);
    expect(await ask({ temperature: 1.8, top_p: 0.000_001, seed: 1 })).toEqual(greedy);
    const short = await ask({ temperature: 0, max_tokens: 5 });
    expect(short).toMatchObject({ reason: 'length', tokens: 5 });
    expect(greedy.text.startsWith(short.text)).toBe(true);
  }),
);

test(
  'vectors have the model’s dimensions and length 1, are the same alone and in a batch, and tell what is alike',
  verifies(['S3-35', 'S3-72'], { breaks: 'src/main/api/openai/embeddings/encode.ts#encodeEmbeddings' }, async () => {
    const texts = [
      'A cat sat on the mat.',
      'A kitten is sitting on a rug.',
      'The stock market fell sharply today.',
      'Shares lost much of their value this afternoon.',
    ];
    const embed = async (input: string | string[]) =>
      (await client.embeddings.create({ model, input })).data.map(({ embedding }) => embedding);
    const likeness = (left: readonly number[] = [], right: readonly number[] = []) =>
      left.reduce((sum, value, index) => sum + value * (right[index] ?? 0), 0);
    const vectors = await embed(texts);
    expect(vectors.map(({ length }) => length)).toEqual([576, 576, 576, 576]);
    for (const vector of vectors) expect(likeness(vector, vector)).toBeCloseTo(1, 4);
    for (const [index, text] of texts.entries()) {
      expect(likeness((await embed(text))[0], vectors[index])).toBeGreaterThan(0.999);
    }
    const [cat, kitten, market, shares] = vectors;
    expect(likeness(cat, kitten)).toBeGreaterThan(likeness(cat, market));
    expect(likeness(market, shares)).toBeGreaterThan(likeness(kitten, shares));
  }),
);

test(
  'characters that the vocabulary cuts into bytes arrive whole, and the pieces are the text',
  verifies(['REL-07'], { breaks: 'src/main/decoding/utf8-assembler.ts#Utf8Assembler' }, async () => {
    // The model chooses the bytes: most of these characters take it two to four tokens.
    const grammar = String.raw`root ::= ([\U0001F300-\U0001F9FF] [\u4E00-\u9FA5] [\u0391-\u03C9]){6}`;
    const request = { model, prompt: 'Symbols: ', temperature: 1, seed: 3, max_tokens: 200, grammar };
    const stream = await fetch(`${started.url}/v1/completions`, {
      method: 'POST',
      body: JSON.stringify({ ...request, stream: true }),
    });
    const frames = (await stream.text()).split('\n\n').filter((frame) => frame.startsWith('data: {'));
    const pieces = frames.map((frame) => {
      const { choices } = JSON.parse(frame.slice('data: '.length)) as { choices: { text: string }[] };
      return choices[0]?.text ?? '';
    });
    const text = pieces.join('');
    expect([...text]).toHaveLength(18);
    for (const piece of pieces) {
      expect(piece).not.toContain('\ufffd');
      expect(piece.isWellFormed()).toBe(true);
    }
    const { choices, usage } = await client.completions.create(request);
    expect(choices[0]?.text).toBe(text);
    expect(usage?.completion_tokens).toBeGreaterThan(24);
  }),
);
