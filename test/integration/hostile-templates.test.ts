import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { expect, onTestFinished, test } from 'vitest';
import { writeTinyRandom } from '#test/support/make-gguf.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

async function start(template: string): Promise<StartedApp> {
  const model = path.join(await createTempFolder(), 'hostile.gguf');
  await writeFile(model, writeTinyRandom({}, { metadata: { 'tokenizer.chat_template': template } }));
  const app = await startApp({ model, contextSize: 2048, slots: 2 });
  onTestFinished(() => app.stop());
  return app;
}

interface Answered {
  status: number;
  body: { error?: { message: string; code: string | null }; choices?: [{ text: string }] };
}

async function post({ url }: StartedApp, route: string, fields: object): Promise<Answered> {
  const response = await fetch(`${url}${route}`, { method: 'POST', body: JSON.stringify(fields) });
  return { status: response.status, body: (await response.json()) as Answered['body'] };
}

const chat = (app: StartedApp, fields: object = {}): Promise<Answered> =>
  post(app, '/v1/chat/completions', { messages: [{ role: 'user', content: 'x' }], max_tokens: 4, ...fields });
const long = { prompt: 'x', temperature: 0, max_tokens: 400, ignore_eos: true };

/** One template with many faces: the request names the one it meets. */
const attacks: Record<string, [part: string, message: RegExp]> = {
  'loops in loops': [
    '{% for i in range(25000) %}{% for j in range(25000) %}{% endfor %}{% endfor %}',
    /takes (more than \d+ steps|longer than 5000 ms)/,
  ],
  'loops whose rounds the request gives': [
    '{% for i in range(rounds) %}{% for j in range(rounds) %}{% endfor %}{% endfor %}',
    /takes (more than \d+ steps|longer than 5000 ms)/,
  ],
  'a text that doubles': [
    "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    /writes more than 8000000 characters/,
  ],
  'a macro that calls itself': ['{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}', /calls itself too deeply/],
};
const template = Object.entries(attacks)
  .map(([name, [part]]) => `{% if attack == '${name}' %}${part}{% endif %}`)
  .join('');

test(
  'hostile templates are refused with the limit that they met; no loop is held and the neighbour’s answer goes on',
  verifies(
    ['SEC-28'],
    { breaks: 'src/main/engines/llama-cpp/templates/template-thread.ts#TemplateThread' },
    async () => {
      const app = await start(template);
      const calm = await post(app, '/v1/completions', long);
      for (const [attack, [, message]] of Object.entries(attacks)) {
        const delay = monitorEventLoopDelay({ resolution: 5 });
        delay.enable();
        const [neighbour, refusal] = await Promise.all([
          post(app, '/v1/completions', long),
          chat(app, { chat_template_kwargs: { attack, rounds: 30_000 } }),
        ]);
        delay.disable();
        expect([attack, refusal.status]).toEqual([attack, 400]);
        expect(refusal.body.error?.message).toMatch(message);
        expect(neighbour.body.choices?.[0].text, attack).toBe(calm.body.choices?.[0].text);
        // Five times what is allowed on a calm machine.
        expect(delay.percentile(99) / 1e6, attack).toBeLessThan(250);
      }
      expect(app.app.inference.listModels()[0]?.status).toMatchObject({ state: 'loaded', placement: 'child' });
      expect((await chat(app)).status).toBe(200);
    },
  ),
  120_000,
);

test('a template that cannot be read is refused in words', async () => {
  const app = await start("{% include 'self' %}");
  const { status, body } = await chat(app);
  expect([status, body.error?.message]).toEqual([400, expect.stringContaining('chat template')]);
});

test('a template that comes with the request is not used', async () => {
  const app = await start('own');
  const given = await post(app, '/v1/chat/completions', {
    messages: [{ role: 'user', content: 'x' }],
    chat_template: '{% for i in range(25000) %}{% for j in range(25000) %}{% endfor %}{% endfor %}',
  });
  expect(given).toMatchObject({ status: 400, body: { error: { param: 'chat_template' } } });
});
