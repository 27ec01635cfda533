import { describe, expect, test } from 'vitest';
import { startTestServer } from '#test/support/start-test-server.ts';

async function post(path: string, body: object) {
  const server = await startTestServer();
  const response = await fetch(`${server.url}${path}`, { method: 'POST', body: JSON.stringify(body) });
  return { status: response.status, text: await response.text(), server };
}

const toEvents = (text: string): Record<string, unknown>[] =>
  text
    .split('\n\n')
    .filter((frame) => frame.startsWith('data: {'))
    .map((frame) => JSON.parse(frame.slice('data: '.length)) as Record<string, unknown>);

/** What the scripted engine makes of a gap. */
const filled = 'You said: fill a = |b = 2';

describe('POST /infill', () => {
  const gap = { input_prefix: 'a = ', input_suffix: 'b = 2' };

  test('answers as llama-server does: the text, why it ended, what it took', async () => {
    const { text, status } = await post('/infill', gap);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toMatchObject({
      index: 0,
      content: filled,
      stop: true,
      model: 'test-model',
      stop_type: 'eos',
      stopping_word: '',
      truncated: false,
      tokens_cached: 0,
      timings: { predicted_n: expect.any(Number) as number },
    });
  });

  test('streams pieces with stop: false and ends with one that tells the rest; nothing follows it', async () => {
    const { text } = await post('/infill', { ...gap, stream: true, n_predict: 3 });
    const events = toEvents(text);
    expect(text).not.toContain('[DONE]');
    expect(events.slice(0, -1).every(({ stop }) => stop === false)).toBe(true);
    expect(events.map(({ content }) => content).join('')).toBe('You said: fill');
    expect(events.at(-1)).toMatchObject({ content: '', stop: true, stop_type: 'limit', tokens_predicted: 3 });
  });

  test('other files and the beginning of the line reach the engine whole, in their order', async () => {
    const extra = [{ filename: 'a.py', text: 'A' }, { text: 'B' }];
    const { server } = await post('/infill', { ...gap, input_extra: extra, prompt: '  x', stop: ['\n'] });
    expect(server.requests).toMatchObject([
      {
        prompt: {
          type: 'infill',
          prefix: 'a = ',
          suffix: 'b = 2',
          lead: '  x',
          files: [
            { name: 'a.py', text: 'A' },
            { name: 'tmp', text: 'B' },
          ],
        },
        stops: ['\n'],
      },
    ]);
  });

  test('a warm-up with n_predict 0 only reads', async () => {
    const { text } = await post('/infill', { ...gap, n_predict: 0 });
    expect(JSON.parse(text)).toMatchObject({ content: '', tokens_predicted: 0, stop_type: 'limit' });
  });

  test.each([
    [{ input_suffix: 'b' }, 'input_prefix'],
    [{ input_prefix: 'a' }, 'input_suffix'],
    [{ ...gap, input_extra: [{ filename: 'a.py' }] }, 'input_extra[0].text'],
    [{ ...gap, prompt: [1, 2] }, 'prompt'],
  ])('%j is refused by name', async (body, param) => {
    const { status, text } = await post('/infill', body);
    expect(status).toBe(400);
    expect(text).toContain(param);
  });
});

describe('POST /v1/fim/completions', () => {
  test('is asked like a completion and answers like a chat', async () => {
    const { text, server } = await post('/v1/fim/completions', { prompt: 'a = ', suffix: 'b = 2', random_seed: 5 });
    expect(JSON.parse(text)).toMatchObject({
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: filled }, finish_reason: 'stop' }],
    });
    expect(server.requests).toMatchObject([{ sampling: { seed: 5 } }]);
  });

  test('streams the chunks of a chat', async () => {
    const { text } = await post('/v1/fim/completions', { prompt: 'a = ', suffix: 'b = 2', stream: true });
    const said = toEvents(text).map(({ choices }) => (choices as [{ delta: { content?: string } }])[0].delta.content);
    expect(said.join('')).toBe(filled);
    expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  });

  test('without a suffix it goes on with the prompt', async () => {
    const { server } = await post('/v1/fim/completions', { prompt: 'count to 3' });
    expect(server.requests).toMatchObject([{ prompt: { type: 'text', text: 'count to 3' } }]);
  });
});

describe('POST /v1/completions with a suffix', () => {
  test('fills the gap behind each prompt; the echo is the prompt', async () => {
    const { text } = await post('/v1/completions', { prompt: ['a = ', 'c = '], suffix: 'b = 2', echo: true });
    const { choices } = JSON.parse(text) as { choices: { text: string }[] };
    expect(choices.map((choice) => choice.text)).toEqual([`a = ${filled}`, 'c = You said: fill c = |b = 2']);
  });

  test('wants words, not token ids, before it', async () => {
    const { status, text } = await post('/v1/completions', { prompt: [1, 2], suffix: 'b' });
    expect(status).toBe(400);
    expect(text).toContain('the prompt must be text');
  });
});
