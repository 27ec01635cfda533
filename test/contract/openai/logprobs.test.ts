import { describe, expect, test } from 'vitest';
import { CompletionLogprobs, encodeChatLogprobs } from '#main/api/openai/logprobs.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { post, toChoices } from './wire.ts';

const messages = [{ role: 'user', content: 'echo é x' }];
const rated = '{"id":TOKEN,"token":"é","logprob":-0.25,"bytes":[195,169]';
const parse = (text: string): unknown => JSON.parse(text.replaceAll(/TIME|TOKEN|MS/g, '0'));

describe('chat', () => {
  test('each token of a whole answer with its bytes and the likeliest of its place', async () => {
    const body = { messages, logprobs: true, top_logprobs: 2 };
    const { text } = await post(await startTestServer(), '/v1/chat/completions', body);
    expect(parse(text)).toMatchObject({
      choices: [
        {
          logprobs: {
            content: [
              {
                token: 'é',
                logprob: -0.25,
                bytes: [195, 169],
                top_logprobs: [
                  { token: 'é', logprob: -0.25, bytes: [195, 169] },
                  { token: '#1', logprob: -1, bytes: [35, 49] },
                ],
              },
              { token: ' x', logprob: -0.25, bytes: [32, 120] },
            ],
            refusal: null,
          },
        },
      ],
    });
  });

  test('those of its own tokens with every chunk of a stream', async () => {
    const body = { messages, logprobs: true, stream: true };
    const { text } = await post(await startTestServer(), '/v1/chat/completions', body);
    expect(toChoices(text).slice(1, -1)).toEqual([
      `[{"index":0,"delta":{"content":"é"},"logprobs":{"content":[${rated},"top_logprobs":[]}],"refusal":null},"finish_reason":null}]`,
      '[{"index":0,"delta":{"content":" x"},"logprobs":{"content":[{"id":TOKEN,"token":" x","logprob":-0.25,"bytes":[32,120],"top_logprobs":[]}],"refusal":null},"finish_reason":null}]',
    ]);
  });
});

describe('completions', () => {
  const prompt = 'echo é x';
  const ask = async (rest: object) => {
    const { text } = await post(await startTestServer(), '/v1/completions', { prompt, logprobs: 1, ...rest });
    return text;
  };

  test('tokens, their figures and where they stand', async () => {
    expect(parse(await ask({}))).toMatchObject({
      choices: [
        {
          text: 'é x',
          logprobs: {
            tokens: ['é', ' x'],
            token_logprobs: [-0.25, -0.25],
            top_logprobs: [{ é: -0.25 }, { ' x': -0.25 }],
            text_offset: [0, 1],
          },
        },
      ],
    });
  });

  test('in a stream places go on from chunk to chunk', async () => {
    expect(toChoices(await ask({ stream: true })).slice(0, -1)).toEqual([
      '[{"text":"é","index":0,"logprobs":{"tokens":["é"],"token_logprobs":[-0.25],"top_logprobs":[{"é":-0.25}],"text_offset":[0]},"finish_reason":null}]',
      '[{"text":" x","index":0,"logprobs":{"tokens":[" x"],"token_logprobs":[-0.25],"top_logprobs":[{" x":-0.25}],"text_offset":[1]},"finish_reason":null}]',
    ]);
  });

  const scored = {
    tokens: ['', 'echo', ' é', ' x'],
    token_logprobs: [null, -0.25, -0.25, -0.25],
    top_logprobs: [null, { echo: -0.25 }, { ' é': -0.25 }, { ' x': -0.25 }],
    text_offset: [0, 0, 4, 6],
  };

  test('a prompt is scored without an answer; nothing comes before its first token', async () => {
    expect(parse(await ask({ echo: true, max_tokens: 0 }))).toMatchObject({
      choices: [{ text: 'echo é x', logprobs: scored, finish_reason: 'length' }],
      usage: { completion_tokens: 0 },
    });
  });

  test('prompt and answer in one list, streamed in two chunks', async () => {
    expect(parse(await ask({ echo: true, max_tokens: 1 }))).toMatchObject({
      choices: [
        {
          text: 'echo é xé',
          logprobs: { tokens: [...scored.tokens, 'é'], text_offset: [...scored.text_offset, 8] },
        },
      ],
    });
    const chunks = toChoices(await ask({ echo: true, max_tokens: 1, stream: true }));
    expect(chunks.slice(0, -1).map((chunk) => JSON.parse(chunk) as unknown)).toMatchObject([
      [{ text: 'echo é x', logprobs: scored }],
      [{ text: 'é', logprobs: { tokens: ['é'], text_offset: [8] } }],
    ]);
  });
});

test('the best of several is returned without the figures it was chosen by; all are counted', async () => {
  const body = { prompt: ['count to 2', 'count to 1'], best_of: 3, echo: true };
  const { text } = await post(await startTestServer(), '/v1/completions', body);
  expect(parse(text)).toMatchObject({
    choices: [
      { text: 'count to 21 2', index: 0, logprobs: null },
      { text: 'count to 11', index: 1, logprobs: null },
    ],
    usage: { prompt_tokens: 8, completion_tokens: 9 },
  });
});

describe('tokens that are no whole character', () => {
  const half = (bytes: number[], logprob = -1) => ({ token: 1, bytes, logprob, top: [] });

  test('are spelled by their bytes', () => {
    expect(encodeChatLogprobs([half([0xf0, 0x9f])])).toMatchObject({ content: [{ id: 1, token: '\\xf0\\x9f' }] });
    expect(new CompletionLogprobs().encode([half([0xf0, 0x9f])]).tokens).toEqual(['bytes:\\xf0\\x9f']);
  });

  test('take one place together', () => {
    const lists = new CompletionLogprobs().encode([half([0xf0, 0x9f]), half([0x91, 0x8b]), half([0x61])]);
    expect(lists.text_offset).toEqual([0, 1, 1]);
  });

  test('what cannot be has OpenAI’s least figure, for JSON knows no infinity', () => {
    expect(encodeChatLogprobs([half([0x61], -Infinity)])).toMatchObject({ content: [{ logprob: -9999 }] });
  });
});
