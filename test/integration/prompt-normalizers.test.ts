import { afterAll, beforeAll, expect, test } from 'vitest';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

let app: StartedApp;

beforeAll(async () => {
  app = await startApp({ model: smolModelPath, contextSize: 2048, slots: 1 });
}, 60_000);

afterAll(async () => {
  await app.stop();
});

interface Asked {
  applied: string | null;
  cachedTokens: number;
  promptTokens: number;
}

async function ask(system: string, { stream = false, client = 'Tester/1.0' } = {}): Promise<Asked> {
  const messages = [
    { role: 'system', content: system },
    { role: 'user', content: 'Hello' },
  ];
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'user-agent': client },
    body: JSON.stringify({ messages, max_tokens: 1, stream, stream_options: { include_usage: true } }),
  });
  expect(response.status).toBe(200);
  const text = await response.text();
  const last = stream ? text.split('data: ').findLast((frame) => frame.includes('"usage":{')) : text;
  const { usage } = JSON.parse(last ?? '') as {
    usage: { prompt_tokens: number; prompt_tokens_details: { cached_tokens: number } };
  };
  return {
    applied: response.headers.get('x-impetus-applied'),
    cachedTokens: usage.prompt_tokens_details.cached_tokens,
    promptTokens: usage.prompt_tokens,
  };
}

const words = 'You are a careful assistant that answers in few words and never guesses. '.repeat(8);

test.each([false, true])(
  'the billing line of another session costs nothing, and is said (stream: %s)',
  async (stream) => {
    const line = (nonce: string) =>
      `x-anthropic-billing-header: cc_version=2.1.4; cch=${nonce};\n\n${words}${String(stream)}`;
    const first = await ask(line('0f3a1'), { stream });
    const second = await ask(line('9bc22'), { stream });
    expect([first.applied, second.applied]).toEqual(Array(2).fill('system.x-anthropic-billing-header=removed'));
    expect(second.cachedTokens).toBe(second.promptTokens - 1);
  },
);

test('a clock in front is found, its remedy is offered, and switched on it costs nothing any more', async () => {
  const at = (time: string) => `The time is ${time}. ${words}`;
  const client = 'Clock/1.0';
  await ask(at('10:41:07'), { client });
  const broken = await ask(at('11:52:38'), { client });
  expect(broken.cachedTokens).toBeLessThan(20);
  const control = createControlClient(createMemoryTransport(app.app.control));
  const report = await control.command('cache.report', {});
  const [newest] = report.uses.find((use) => use.client === 'Clock')?.breaks ?? [];
  expect(newest?.proposed).toEqual(['times']);

  const rule = { client: 'Clock', model: null, normalizer: 'times' as const };
  expect(await control.command('cache.normalize', { ...rule, isOn: true })).toEqual({ rules: [rule] });
  const first = await ask(at('12:00:01'), { client });
  const second = await ask(at('13:14:15'), { client });
  expect(second).toMatchObject({ applied: 'system.times=alike', cachedTokens: first.promptTokens - 1 });
  expect((await ask(at('14:00:00'))).applied).toBeNull();
  expect(await control.command('cache.normalize', { ...rule, isOn: false })).toEqual({ rules: [] });
  expect((await ask(at('15:00:00'), { client })).applied).toBeNull();
});
