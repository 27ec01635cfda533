import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ControlClient } from '#shared/control/client.ts';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import type { Passport, PassportEvent } from '#shared/domain/passport.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startApp, type StartedApp } from '#test/support/start-app.ts';

const model = 'smollm2-135m-instruct.q4_1';

let started: StartedApp;
let client: ControlClient;
let passport: Passport;
const events: PassportEvent[] = [];

beforeAll(async () => {
  started = await startApp({ model: smolModelPath, contextSize: 1024, slots: 2 });
  client = createControlClient(createMemoryTransport(started.app.control));
  // A busy machine takes longer; the limit has tests of its own.
  await client.command('settings.update', { modelTestSeconds: 900 });
  for await (const event of client.channel('passports.test', { model }, new AbortController().signal))
    events.push(event);
  const { passport: found } = await client.command('models.show', { model });
  if (!found) throw new Error('The test must leave a passport.');
  passport = found;
}, 900_000);
afterAll(async () => {
  client.close();
  await started.stop();
});

const verdictOf = (id: string) => passport.checks.find((check) => check.id === id)?.verdict;
const figuresOf = (id: string) => passport.checks.find((check) => check.id === id)?.figures;

test('what Impetus promises for every model is kept by a real one', () => {
  const promised = ['template', 'tokenizer', 'answer', 'speed', 'stop-text', 'json-schema', 'tools-required'];
  const further = ['tools-named', 'tools-none', 'repeatable', 'beside-others', 'context'];
  expect([...promised, ...further].filter((id) => verdictOf(id) !== 'pass')).toEqual([]);
});

test('what the model is too small for, and has no words for, is told as it is', () => {
  // It writes about the weather by itself and never calls; other builds may differ in the needles.
  expect(verdictOf('tools-auto')).toBe('fail');
  for (const id of ['vision', 'reasoning', 'reasoning-off', 'infill']) expect(verdictOf(id)).toBe('not-applicable');
  expect(['pass', 'fail']).toContain(verdictOf('needle'));
  expect(figuresOf('needle')).toMatchObject({ asked: 6 });
});

test('its figures are those of this model', () => {
  expect(figuresOf('embeddings')).toMatchObject({ dimension: 576 });
  expect(verdictOf('embeddings')).toBe('pass');
  expect(figuresOf('context')?.['longestPromptTokens']).toBeGreaterThan(830);
  expect(figuresOf('context')?.['longestPromptTokens']).toBeLessThan(1024);
  expect(figuresOf('speed')?.['decodeTokensPerSecond']).toBeGreaterThan(0);
  expect(figuresOf('memory')?.['modelBytes']).toBeGreaterThan(90e6);
  if (process.platform === 'linux') expect(figuresOf('memory')?.['peakBytes']).toBeGreaterThan(150e6);
});

test('it says with what and where it was measured', () => {
  expect(passport).toMatchObject({
    modelId: model,
    sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    engine: expect.stringMatching(/^llama\.cpp \S+ \(node-llama-cpp 3\.22\.1\), suite 1$/) as string,
    end: 'complete',
    machine: { platform: process.platform, architecture: process.arch },
    load: { placement: 'child', device: 'cpu', contextSize: 1024, slots: 2, threads: 1 },
  });
  expect(events.at(0)).toMatchObject({ type: 'start', model });
  expect(events.at(-1)).toEqual({ type: 'finish', passport });
});

test('the list of models tells verified abilities', async () => {
  const response = await fetch(`${started.url}/v1/models/${model}`);
  expect(await response.json()).toMatchObject({
    type: 'chat',
    capabilities: ['completion', 'chat', 'json-schema', 'embeddings'],
    impetus: {
      capabilities: {
        chat: { available: true, evidence: 'verified' },
        tools: { available: false, evidence: 'verified' },
        embeddings: { available: true, evidence: 'verified' },
        rerank: { available: false, evidence: 'declared' },
      },
      passport: { current: true, complete: true },
    },
  });
});

test('the tests are no requests of anybody: neither figures nor the cache report count them', async () => {
  const text = await (await fetch(`${started.url}/metrics`)).text();
  expect(text).toMatch(/^llamacpp:tokens_predicted_total 0$/m);
  expect((await client.command('cache.report', {})).uses).toEqual([]);
  expect((await client.command('models.list', {}))[0]?.status).toMatchObject({ state: 'loaded', activeRequests: 0 });
});
