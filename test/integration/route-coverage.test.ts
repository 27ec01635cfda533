import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { FastifyPluginAsync } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import {
  ControlAccess,
  controlRoutes,
  createControlHandlers,
  createControlRouter,
  uiRoutes,
} from '#main/api/control/index.ts';
import { tinyModelPath } from '#test/support/dev-cache.ts';
import { FakeControlApp } from '#test/support/fake-control-app.ts';
import { listRoutes } from '#test/support/list-routes.ts';
import { askRaw } from '#test/support/raw-http.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { startApp } from '#test/support/start-app.ts';
import { startTestServer } from '#test/support/start-test-server.ts';
import { verifies } from '#test/support/verifies.ts';

/** Who may call each route there is. A new route is red until it stands here. `keyless` holds on loopback only. */
const policy: Record<string, 'keyless' | 'token'> = {
  'GET /': 'keyless',
  'GET /health': 'keyless',
  'GET /v1/health': 'keyless',
  'GET /ready': 'keyless',
  'GET /metrics': 'keyless',
  'GET /v1/models': 'keyless',
  'GET /v1/models/*': 'keyless',
  'GET /models': 'keyless',
  'GET /models/*': 'keyless',
  'POST /v1/chat/completions': 'keyless',
  'POST /chat/completions': 'keyless',
  'POST /v1/chat/completions/input_tokens': 'keyless',
  'POST /chat/completions/input_tokens': 'keyless',
  'POST /v1/completions': 'keyless',
  'POST /v1/embeddings': 'keyless',
  'POST /completions': 'keyless',
  'POST /tokenize': 'keyless',
  'POST /v1/tokenize': 'keyless',
  'POST /detokenize': 'keyless',
  'POST /v1/detokenize': 'keyless',
  'POST /v1/responses': 'keyless',
  'POST /v1/responses/input_tokens': 'keyless',
  'POST /v1/responses/compact': 'keyless',
  'POST /responses/compact': 'keyless',
  'GET /v1/responses/:id': 'keyless',
  'DELETE /v1/responses/:id': 'keyless',
  'POST /v1/responses/:id/cancel': 'keyless',
  'GET /v1/responses/:id/input_items': 'keyless',
  'POST /responses': 'keyless',
  'POST /responses/input_tokens': 'keyless',
  'GET /responses/:id': 'keyless',
  'DELETE /responses/:id': 'keyless',
  'POST /responses/:id/cancel': 'keyless',
  'GET /responses/:id/input_items': 'keyless',
  'POST /v1/messages': 'keyless',
  'POST /messages': 'keyless',
  'POST /v1/messages/count_tokens': 'keyless',
  'POST /messages/count_tokens': 'keyless',
  'POST /apply-template': 'keyless',
  'POST /v1/apply-template': 'keyless',
  'POST /infill': 'keyless',
  'GET /lora-adapters': 'keyless',
  'POST /v1/rerank': 'keyless',
  'POST /rerank': 'keyless',
  'POST /v1/reranking': 'keyless',
  'POST /reranking': 'keyless',
  'POST /api/v1/rerank': 'keyless',
  'POST /v2/rerank': 'keyless',
  'POST /v1/infill': 'keyless',
  'POST /v1/fim/completions': 'keyless',
  'POST /fim/completions': 'keyless',
  'POST /completion': 'keyless',
  'POST /embedding': 'keyless',
  'POST /embeddings': 'keyless',
  'GET /props': 'keyless',
  'GET /slots': 'keyless',
  'POST /models/load': 'keyless',
  'POST /models/unload': 'keyless',
  'GET /api/v0/models': 'keyless',
  'GET /api/v0/models/*': 'keyless',
  'POST /api/v0/chat/completions': 'keyless',
  'POST /api/v0/completions': 'keyless',
  'POST /api/v0/embeddings': 'keyless',
  'GET /api/v1/models': 'keyless',
  'POST /api/v1/models/load': 'keyless',
  'POST /api/v1/models/unload': 'keyless',
  'POST /api/v1/models/download': 'keyless',
  'GET /api/v1/models/download/status/:job': 'keyless',
  'POST /api/v1/chat': 'keyless',
  'GET /api/version': 'keyless',
  'GET /api/tags': 'keyless',
  'GET /api/ps': 'keyless',
  'POST /api/show': 'keyless',
  'POST /api/chat': 'keyless',
  'POST /api/generate': 'keyless',
  'POST /api/embed': 'keyless',
  'POST /api/embeddings': 'keyless',
  'POST /api/pull': 'keyless',
  'POST /api/push': 'keyless',
  'POST /api/create': 'token',
  'POST /api/copy': 'token',
  'DELETE /api/delete': 'token',
  'POST /api/blobs/:digest': 'token',
  'GET /control/v1/events': 'token',
  'POST /control/v1/:name': 'token',
  'GET /ui': 'token',
  'GET /ui/*': 'token',
};

function createControl(): FastifyPluginAsync {
  const { logger } = createRecordedLogger();
  const access = new ControlAccess({ token: 'c'.repeat(64) });
  const router = createControlRouter({ handlers: createControlHandlers(new FakeControlApp()), logger });
  return async (app) => {
    await app.register(controlRoutes({ router, access }));
    await app.register(uiRoutes({ folder: '/nonexistent', access }));
  };
}

test(
  'every route has a policy and lies behind the gate',
  verifies(['SEC-04'], { breaks: 'src/main/gateway/gate.ts#inspectRequest' }, async () => {
    const routes = await listRoutes(createControl());
    expect(routes.sort()).toEqual(Object.keys(policy).sort());
    const { port } = await startTestServer({ control: createControl() });
    for (const route of routes) {
      const [method = '', pattern = ''] = route.split(' ');
      const target = pattern.replace(':name', 'models.list').replace('*', 'x');
      const ask = async (headers: string[]) => (await askRaw(port, { method, target, headers, body: '{}' })).status;
      const json = 'Content-Type: application/json';
      expect([route, await ask([json, 'Host: evil.example'])]).toEqual([route, 403]);
      expect([route, await ask([json, 'Host: 127.0.0.1', 'Origin: https://evil.example'])]).toEqual([route, 403]);
      const withoutToken = await ask([json, 'Host: 127.0.0.1']);
      expect([route, withoutToken === 401]).toEqual([route, policy[route] === 'token']);
    }
  }),
);

const messages = [{ role: 'user', content: 'Hello' }];
const limits = { max_tokens: 3, ignore_eos: true };

const blob = { holds: 'anything' };
const blobDigest = `sha256:${createHash('sha256').update(JSON.stringify(blob)).digest('hex')}`;
const named = { model: 'tiny-random' };

/** By the end of a path: what a client sends, and what a meaningful answer holds; its status, where it is not 200. */
const samples: [path: RegExp, body: object | undefined, answer: RegExp, status?: number][] = [
  [/^\/api\/version$/, undefined, /"version":"0\.\d+/],
  [/^\/api\/(tags|ps)$/, undefined, /"model":"tiny-random:/],
  [/^\/api\/show$/, named, /"general\.architecture":"/],
  [/^\/api\/chat$/, { messages, options: { num_predict: 3 } }, /"done_reason":"length".*"eval_count":3/],
  [/^\/api\/generate$/, { prompt: 'Hello', options: { num_predict: 3 } }, /"eval_count":[1-3]/],
  [/^\/api\/embed$/, { input: 'Hello' }, /"embeddings":\[\[-?\d/],
  [/^\/api\/embeddings$/, { prompt: 'Hello' }, /"embedding":\[-?\d/],
  [/^\/api\/pull$/, named, /"status":"success"/],
  [/^\/api\/push$/, named, /sends no model anywhere/, 400],
  [/^\/api\/create$/, { model: 'made', from: 'tiny-random' }, /"status":"success"/],
  [/^\/api\/copy$/, { source: 'tiny-random', destination: 'copied' }, /^$/],
  [/^\/api\/blobs\//, blob, /^$/, 201],
  [/^\/api\/delete$/, { model: 'copied' }, /^$/],
  [/^\/api\/v1\/models$/, undefined, /"key":"tiny-random"/],
  [/^\/api\/v1\/models\/load$/, named, /"status":"loaded"/],
  [/^\/api\/v1\/models\/unload$/, { instance_id: 'tiny-random' }, /"instance_id":"tiny-random"/],
  [/^\/api\/v1\/models\/download$/, named, /"already_downloaded"/],
  [/^\/api\/v1\/models\/download\/status\//, undefined, /no such download/, 404],
  [/^\/api\/v1\/chat$/, { model: 'tiny-random', input: 'Hello' }, /v1\/responses/, 400],
  [/^\/completion$/, { prompt: 'Hello', n_predict: 3, ignore_eos: true }, /"tokens_predicted":3/],
  [/^\/embedding$/, { content: 'Hello' }, /^\[\{"index":0,"embedding":\[\[-?\d/],
  [/^\/props$/, undefined, /"n_ctx":256/],
  [/^\/slots$/, undefined, /^\[\{"id":0,/],
  [/^\/models\/(un)?load$/, named, /"success":true/],
  [/^\/$/, undefined, /Impetus/],
  [/\/health$/, undefined, /"status":"ok"/],
  [/\/ready$/, undefined, /"status":"ready"/],
  [/\/metrics$/, undefined, /^impetus_models_loaded 1$/m],
  [/\/models$/, undefined, /"id":"tiny-random"/],
  [/\/models\/tiny-random$/, undefined, /"id":"tiny-random"/],
  [/\/chat\/completions$/, { messages, ...limits }, /"completion_tokens":3/],
  [/\/responses$/, { input: 'Hello', max_output_tokens: 3 }, /"status":"incomplete"/],
  [/\/responses\/input_tokens$/, { input: 'Hello' }, /"input_tokens":[1-9]/],
  // The wish for a summary alone is longer than the context of this model.
  [/\/responses\/compact$/, { input: 'Hello' }, /context_length_exceeded/, 400],
  [/\/responses\/:id\/cancel$/, {}, /not found/, 404],
  [/\/responses\/:id/, undefined, /not found/, 404],
  [/\/messages$/, { messages, max_tokens: 3 }, /"stop_reason":"(max_tokens|end_turn)"/],
  [/\/count_tokens$/, { messages }, /"input_tokens":[1-9]/],
  [/\/input_tokens$/, { messages }, /"input_tokens":[1-9]/],
  [/(?<!\/chat)\/completions$/, { prompt: 'Hello', ...limits }, /"completion_tokens":3/],
  [/\/infill$/, { input_prefix: 'a', input_suffix: 'b' }, /no tokens to fill in the middle/, 400],
  [/\/rerank(ing)?$/, { query: 'a', documents: ['b'] }, /scores no documents/, 400],
  [/\/lora-adapters$/, undefined, /^\[\]$/],
  [/\/apply-template$/, { messages }, /"prompt":"<\|im_start\|>/],
  [/\/embeddings$/, { input: 'Hello', encoding_format: 'float' }, /"embedding":\[-?\d/],
  [/\/tokenize$/, { content: 'Hello' }, /"tokens":\[\d/],
  [/\/detokenize$/, { tokens: [300] }, /"content":"/],
  [/\/control\/v1\/models\.list$/, {}, /"id":"tiny-random"/],
  [/\/control\/v1\/events$/, undefined, /models\.changed/],
  [/\/ui(\/tiny-random)?$/, undefined, /impetus ui|npm start|<!doctype html>/i],
];

test(
  'after a start with a model every route gives a meaningful answer',
  verifies(['S3-39'], { breaks: 'src/main/app.ts#createApp' }, async () => {
    const started = await startApp({ model: tinyModelPath, contextSize: 256, slots: 1 });
    onTestFinished(() => started.stop());
    const authorization = `Bearer ${await readFile(started.paths.controlToken, 'utf8')}`;
    // What is deleted has to be made before.
    const routes = (await listRoutes(createControl()))
      .sort((left, right) => Number(left > right) - Number(left < right))
      .reverse();
    for (const route of routes) {
      const [method = '', pattern = ''] = route.split(' ');
      const path = pattern.replace(':name', 'models.list').replace(':digest', blobDigest).replace('*', 'tiny-random');
      const sample = samples.find(([end]) => end.test(path));
      const body = sample?.[1] === undefined ? null : JSON.stringify(sample[1]);
      const headers = { authorization, ...(body === null ? {} : { 'content-type': 'application/json' }) };
      const reading = new AbortController();
      const response = await fetch(`${started.url}${path}`, { method, headers, body, signal: reading.signal });
      let text = '';
      const decoder = new TextDecoder();
      for await (const piece of response.body ?? []) {
        text += decoder.decode(piece, { stream: true });
        // A stream of events has no end of its own.
        if (sample?.[2].test(text)) break;
      }
      reading.abort();
      // The window explains how to get in to whoever comes without a session.
      expect([route, response.status]).toEqual([route, path.startsWith('/ui') ? 401 : (sample?.[3] ?? 200)]);
      expect([route, sample?.[2].test(text), text.slice(0, 300)]).toEqual([route, true, text.slice(0, 300)]);
    }
  }),
);
