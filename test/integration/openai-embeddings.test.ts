import OpenAI from 'openai';
import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

async function connect() {
  const server = await startTestServer();
  return { server, client: new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 }) };
}

const lengthOf = (vector: readonly number[]): number => Math.hypot(...vector);

describe('POST /v1/embeddings, by the official client', () => {
  test('one text, several texts, tokens and token lists: each has its vector of length 1', async () => {
    const { server, client } = await connect();
    const known = await fetch(`${server.url}/tokenize`, {
      method: 'POST',
      body: JSON.stringify({ content: 'some known words' }),
    });
    const { tokens } = (await known.json()) as { tokens: number[] };
    const inputs: { input: OpenAI.EmbeddingCreateParams['input']; count: number }[] = [
      { input: 'one text', count: 1 },
      { input: ['one', 'two', 'three'], count: 3 },
      { input: tokens, count: 1 },
      { input: [tokens, tokens.slice(1)], count: 2 },
    ];
    for (const { input, count } of inputs) {
      const { data, usage } = await client.embeddings.create({ model: 'test-model', input });
      expect(data.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, index) => index));
      for (const { embedding } of data) expect(lengthOf(embedding)).toBeCloseTo(1, 5);
      expect(usage.prompt_tokens).toBeGreaterThan(0);
      expect(usage.total_tokens).toBe(usage.prompt_tokens);
    }
  });

  test(
    'base64, which the client asks for by itself, holds the same numbers as floats, the lowest byte first',
    verifies(['API-04'], { breaks: 'src/main/api/openai/embeddings/encode.ts#encodeEmbeddings' }, async () => {
      const { client, server } = await connect();
      const [asked] = (await client.embeddings.create({ model: 'test-model', input: 'words' })).data;
      const [plain] = (
        await client.embeddings.create({ model: 'test-model', input: 'words', encoding_format: 'float' })
      ).data;
      expect(asked?.embedding).toHaveLength(8);
      for (const [index, value] of (plain?.embedding ?? []).entries())
        expect(asked?.embedding[index]).toBeCloseTo(value, 6);
      const response = await fetch(`${server.url}/v1/embeddings`, {
        method: 'POST',
        body: JSON.stringify({ model: 'test-model', input: 'words', encoding_format: 'base64' }),
      });
      const { data } = (await response.json()) as { data: [{ embedding: string }] };
      const bytes = Buffer.from(data[0].embedding, 'base64');
      expect(bytes).toHaveLength(8 * 4);
      expect(bytes.readFloatLE(4)).toBeCloseTo(plain?.embedding[1] ?? NaN, 6);
    }),
  );

  test('fewer dimensions are the first ones, brought to length 1 again; more are refused with the number there is', async () => {
    const { client } = await connect();
    const create = (dimensions?: number) =>
      client.embeddings.create({
        model: 'test-model',
        input: 'some words',
        encoding_format: 'float',
        ...(dimensions === undefined ? {} : { dimensions }),
      });
    const whole = (await create()).data[0]?.embedding ?? [];
    const short = (await create(3)).data[0]?.embedding ?? [];
    const first = whole.slice(0, 3);
    expect(short).toHaveLength(3);
    for (const [index, value] of short.entries()) expect(value).toBeCloseTo((first[index] ?? 0) / lengthOf(first), 6);
    await expect(create(9)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('8 dimensions, not 9') as string,
    });
  });

  test('nothing to embed, too many inputs and wrong kinds are refused by name', async () => {
    const { server } = await connect();
    const statusOf = async (input: unknown): Promise<[number, string]> => {
      const response = await fetch(`${server.url}/v1/embeddings`, { method: 'POST', body: JSON.stringify({ input }) });
      return [response.status, ((await response.json()) as { error?: { message: string } }).error?.message ?? ''];
    };
    expect(await statusOf([])).toEqual([400, expect.stringContaining('There is no input')]);
    expect((await statusOf(Array.from({ length: 2049 }, () => 'x')))[0]).toBe(400);
    expect((await statusOf({ text: 'x' }))[0]).toBe(400);
    expect((await statusOf(['a', 5]))[0]).toBe(400);
  });
});
