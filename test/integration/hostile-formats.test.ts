import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';
import { verifies } from '#test/support/verifies.ts';

let started: StartedApp;

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2, threads: 1 });
}, 60_000);

afterAll(async () => {
  await started.stop();
});

async function complete(fields: object): Promise<{ status: number; text: string; param: string | null }> {
  const response = await fetch(`${started.url}/v1/completions`, {
    method: 'POST',
    body: JSON.stringify({ prompt: 'x', temperature: 0, max_tokens: 12, ...fields }),
  });
  const answer = (await response.json()) as { choices?: [{ text: string }]; error?: { param: string | null } };
  return { status: response.status, text: answer.choices?.[0].text ?? '', param: answer.error?.param ?? null };
}

const doubling = Object.fromEntries(
  Array.from({ length: 40 }, (_, index) => {
    const next = { $ref: `#/$defs/d${index + 1}` };
    return [`d${index}`, { type: 'object', allOf: [next, next] }];
  }),
);
const refused: Record<string, [fields: object, param: RegExp]> = {
  'a schema that is itself': [{ json_schema: { $ref: '#' } }, /^json_schema/],
  'definitions that double without end': [{ json_schema: { $defs: doubling, $ref: '#/$defs/d0' } }, /^json_schema/],
  'a pattern whose automaton explodes': [
    { json_schema: { type: 'string', pattern: 'a.{30}b', maxLength: 100 } },
    /^json_schema\./,
  ],
  'a grammar of 5 MB': [{ grammar: `root ::= "${'a'.repeat(5_000_000)}"` }, /^grammar$/],
  'a grammar that calls itself first': [{ grammar: 'root ::= root "a" | "b"' }, /^grammar$/],
};
const bounded: Record<string, [fields: object, answer: RegExp]> = {
  'a schema that holds itself': [
    { json_schema: { type: 'object', properties: { next: { $ref: '#' } }, additionalProperties: false } },
    /^\{/,
  ],
  'a pattern of exponential backtracking': [{ json_schema: { type: 'string', pattern: '^(a+)+$' } }, /^"a+/],
  'a list of up to 10^9 items': [{ json_schema: { type: 'array', maxItems: 1e9, items: { type: 'integer' } } }, /^\[/],
};

test(
  'hostile schemas and grammars cost the server’s loop nothing: refused by their place, or kept to',
  verifies(
    ['SEC-32'],
    { breaks: 'src/main/decoding/json-schema/compile-json-schema.ts#compileJsonSchema' },
    async () => {
      expect((await complete({})).status).toBe(200);
      const delay = monitorEventLoopDelay({ resolution: 5 });
      for (const [name, [fields, param]] of Object.entries(refused)) {
        delay.reset();
        delay.enable();
        const beganAt = performance.now();
        const answer = await complete(fields);
        delay.disable();
        expect([name, answer.status]).toEqual([name, 400]);
        expect(answer.param, name).toMatch(param);
        // Five times what is allowed on a calm machine: 200 ms to compile, 50 ms of the loop.
        expect(performance.now() - beganAt, name).toBeLessThan(1500);
        expect(delay.max / 1e6, name).toBeLessThan(250);
      }
      for (const [name, [fields, text]] of Object.entries(bounded)) {
        delay.reset();
        delay.enable();
        const answer = await complete(fields);
        delay.disable();
        expect([name, answer.status]).toEqual([name, 200]);
        expect(answer.text, name).toMatch(text);
        expect(delay.max / 1e6, name).toBeLessThan(250);
      }
      expect(started.app.inference.listModels()[0]?.status).toMatchObject({ state: 'loaded', placement: 'child' });
    },
  ),
);
