import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AppError } from '#shared/errors/app-error.ts';
import { findAddon } from '#main/engines/llama-cpp/native/shared-libraries.ts';
import { defaultTemplateLimits, type TemplateLimits } from '#main/engines/llama-cpp/templates/template-limits.ts';
import { TemplateThread } from '#main/engines/llama-cpp/templates/template-thread.ts';
import { eventually } from '#test/support/eventually.ts';
import { errorOf } from '#test/support/load-llama.ts';
import { openLibrary } from '#test/support/open-native.ts';

const entry = path.resolve('src/main/engines/llama-cpp/templates/template-thread-entry.ts');
const messages = [{ role: 'user' as const, content: 'hello' }];

interface Opened {
  thread: TemplateThread;
  stuck: AppError[];
}

function open(template: string, limits: Partial<TemplateLimits> = {}, graceMs = 5000): Opened {
  const stuck: AppError[] = [];
  const thread = new TemplateThread({
    texts: { template, toolTemplate: null, beginText: '<s>', endText: '</s>' },
    entry,
    native: { addonFile: findAddon() ?? '', mayEndProcess: false },
    limits: { ...defaultTemplateLimits, ...limits },
    graceMs,
    onStuck: (error) => stuck.push(error),
  });
  onTestFinished(() => thread.dispose());
  return { thread, stuck };
}

beforeAll(async () => {
  await openLibrary();
});

/** What only llama.cpp's engine reads: a key that is a number. */
const nativeOnly = '{% set m = {1: 2} %}';

describe('a hostile template', () => {
  test.each([
    ['loops in loops', '{% for i in range(25000) %}{% for j in range(25000) %}{% endfor %}{% endfor %}', 'steps'],
    ['a list of a milliard numbers', '{{ range(1000000000) | length }}', 'steps'],
    [
      '100 MB of text',
      "{% for i in range(1000) %}{{ 'a' | center(100000) }}{{ messages[0].content * 2 }}{% endfor %}",
      undefined,
    ],
    [
      'a text that doubles',
      "{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
      'characters',
    ],
    ['a macro that calls itself', '{% macro f(n) %}{{ f(n) }}{% endmacro %}{{ f(1) }}', 'depth'],
    ['brackets without end', `{{ ${'('.repeat(300_000)}1${')'.repeat(300_000)} }}`, 'depth'],
    ['a template that includes itself', "{% include 'self' %}", undefined],
    ['5 MB of loops', '{% for i in range(1000) %}{{ i }}{% endfor %}'.repeat(120_000), undefined],
  ])(
    '%s: its request is refused, and the event loop is never held',
    async (_, template, limit) => {
      const { thread, stuck } = open(template);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      delay.enable();
      const error = await errorOf(thread.render({ messages }));
      delay.disable();
      expect(error.code).toBe('template-failed');
      if (limit !== undefined) expect(error.data).toMatchObject({ limit });
      // Five times the 50 ms that are allowed on a calm machine.
      expect(delay.max / 1e6).toBeLessThan(250);
      expect(stuck).toEqual([]);
    },
    30_000,
  );

  test('memory beyond its share ends its thread, and the next request has another one', async () => {
    const greedy =
      "{% if messages | length > 1 %}{% set ns = namespace(l=[]) %}{% for i in range(500000) %}{% set ns.l = [ns.l, i ~ 'xxxxxxxxxxxxxxxx'] %}{% endfor %}{% endif %}ok";
    const { thread } = open(greedy, { memoryMb: 40, timeMs: 20_000 });
    const error = await errorOf(thread.render({ messages: [...messages, ...messages] }));
    expect(error).toMatchObject({ code: 'template-failed', data: { limit: 'memoryMb', allowed: 40 } });
    expect(await thread.render({ messages })).toBe('ok');
  }, 60_000);

  test('native code that does not come back is told, and others are served meanwhile', async () => {
    const hanging =
      "{% if messages[0].content == 'hang' %}" +
      `${nativeOnly}{% for i in range(1000) %}{% for j in range(700) %}{% endfor %}{% endfor %}{% endif %}ok`;
    const { thread, stuck } = open(hanging, { timeMs: 500 }, 500);
    const asked = performance.now();
    const error = await errorOf(thread.render({ messages: [{ role: 'user', content: 'hang' }] }));
    expect(error).toMatchObject({ code: 'template-failed', data: { limit: 'timeMs', allowed: 500 } });
    expect(performance.now() - asked).toBeLessThan(4000);
    expect(await thread.render({ messages })).toBe('ok');
    await eventually(() => expect(stuck).toHaveLength(1), 20_000);
    expect(stuck[0]).toMatchObject({ code: 'engine-stalled' });
  }, 60_000);
});

test('an ordinary failure of one template is its own, with its words', async () => {
  const { thread } = open("{{ raise_exception('only emoji, please') }}");
  expect(await errorOf(thread.render({ messages }))).toMatchObject({
    code: 'template-failed',
    message: "The model's chat template refused the messages: only emoji, please",
  });
});

test('a request whose client is gone is not rendered', async () => {
  const { thread } = open('{{ messages[0].content }}');
  expect(await errorOf(thread.render({ messages }, AbortSignal.abort()))).toMatchObject({ code: 'cancelled' });
  expect(await thread.render({ messages })).toBe('hello');
});
