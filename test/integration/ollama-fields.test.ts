import { createHash } from 'node:crypto';
import path from 'node:path';
import type { ToolChoice } from '#shared/domain/generation.ts';
import {
  holds,
  requested,
  sampled,
  status,
  testFields,
  type Answer,
  type Contrast,
} from '#test/support/field-contrasts.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { writeModelFile } from '#test/support/open-test-library.ts';
import type { TestServer } from '#test/support/start-test-server.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';

const messages = [{ role: 'user', content: 'count to 3' }];
const tools = [{ type: 'function', function: { name: 'f' } }];
const toolChoice = (answer: Answer) => requested('toolChoice')(answer) as ToolChoice | undefined;

/** What the model says, whole or in lines. */
const text = ({ body }: Answer) =>
  [...body.matchAll(/"(?:content|response)":"([^"]*)"/g)].map(([, said]) => said).join('');
const keepAlive = ({ server }: Answer) => {
  const [state] = server.scheduler.states().values();
  return state?.state === 'loaded' ? state.unloadsAt !== null : undefined;
};
const context = ({ server }: Answer) => {
  const [state] = server.scheduler.states().values();
  return state?.state === 'loaded' ? state.contextSize : undefined;
};

const traits = { gives: 'text', presentsTools: true, thinks: true, fillsIn: true } as const;
const server = async () => ({ records: [makeModelRecord({ facts: { traits } })], settings: { contextSize: 1024 } });

const loading: Record<string, Contrast> = {
  model: { values: ['test-model', 'nobody'], observe: status },
  options: { values: [{}, { num_ctx: 2048 }], observe: context },
};

const answering: Record<string, Contrast> = {
  ...loading,
  keep_alive: { values: ['5m', -1], observe: keepAlive },
  stream: { values: [true, false], observe: ({ contentType }) => contentType },
  format: { values: ['json', { type: 'array' }], observe: requested('output') },
  think: { values: [false, 'high'], observe: requested('reasoning') },
  logprobs: { values: [true, false], observe: holds('"logprob":') },
  top_logprobs: { values: [0, 2], rest: { logprobs: true }, observe: holds('"top_logprobs":[{') },
  _debug_render_only: { values: [true, false], observe: holds('"rendered_template"') },
};

testFields('ollama-chat', {
  path: '/api/chat',
  server,
  body: { messages },
  contrasts: {
    ...answering,
    messages: { values: [messages, [{ role: 'user', content: 'echo else' }]], observe: text },
    tools: { values: [tools, []], observe: requested('prompt') },
    tool_choice: { values: ['none', 'required'], rest: { tools }, observe: toolChoice },
  },
});

testFields('ollama-generate', {
  path: '/api/generate',
  server,
  body: { prompt: 'count to 3' },
  contrasts: {
    ...answering,
    prompt: { values: ['count to 3', 'echo else'], observe: text },
    suffix: { values: ['the end', ''], observe: requested('prompt') },
    system: { values: ['Be brief.', ''], observe: requested('prompt') },
    raw: { values: [true, false], observe: requested('prompt') },
    context: { values: [[], [0, 0]], observe: requested('prompt') },
  },
});

testFields('ollama-options', {
  path: '/api/chat',
  server,
  body: { messages },
  wrap: (options) => ({ options }),
  contrasts: {
    seed: { values: [1, -1], observe: sampled('seed') },
    num_predict: { values: [1, -1], observe: text },
    top_k: { values: [1, 9], observe: sampled('topK') },
    top_p: { values: [0.5, 1], observe: sampled('topP') },
    min_p: { values: [0, 0.2], observe: sampled('minP') },
    typical_p: { values: [1, 0.5], observe: sampled('typicalP') },
    repeat_last_n: { values: [0, 64], observe: sampled('repeatLastN') },
    temperature: { values: [0, 1], observe: sampled('temperature') },
    repeat_penalty: { values: [1, 1.2], observe: sampled('repeatPenalty') },
    presence_penalty: { values: [0, 1], observe: sampled('presencePenalty') },
    frequency_penalty: { values: [0, 1], observe: sampled('frequencyPenalty') },
    mirostat: { values: [0, 2], observe: sampled('mirostat') },
    mirostat_tau: { values: [5, 4], observe: sampled('mirostatTau') },
    mirostat_eta: { values: [0.1, 0.2], observe: sampled('mirostatEta') },
    stop: { values: [[], '2'], observe: text },
    num_ctx: { values: [1024, 4096], observe: context },
  },
});

testFields('ollama-embed', {
  path: '/api/embed',
  server,
  body: { input: 'some words' },
  contrasts: {
    ...loading,
    keep_alive: { values: ['5m', -1], observe: keepAlive },
    input: { values: ['a', ['a', 'b']], observe: ({ body }) => (JSON.parse(body) as { embeddings: [] }).embeddings },
    truncate: { values: [true, false], rest: { input: 'word '.repeat(3000) }, observe: status },
    dimensions: {
      values: [4, 8],
      observe: ({ body }) => (JSON.parse(body) as { embeddings: number[][] }).embeddings[0]?.length,
    },
  },
});

testFields('ollama-embeddings', {
  path: '/api/embeddings',
  server,
  body: { prompt: 'some words' },
  contrasts: {
    ...loading,
    keep_alive: { values: ['5m', -1], observe: keepAlive },
    prompt: { values: ['a', 'b'], observe: ({ body }) => body },
  },
});

const withFile = async () => {
  const file = await writeModelFile(path.join(await createTempFolder(), 'm.gguf'), 'M');
  return { records: [makeModelRecord({ path: file })] };
};

testFields('ollama-show', {
  path: '/api/show',
  server: withFile,
  body: { model: 'test-model' },
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: status },
    name: { values: ['test-model', 'nobody'], rest: { model: '' }, observe: status },
    verbose: { values: [true, false], observe: holds('"tensors"') },
  },
});

testFields('ollama-pull', {
  path: '/api/pull',
  body: { model: 'test-model' },
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: holds('"success"') },
    name: { values: ['test-model', 'nobody'], rest: { model: '' }, observe: holds('"success"') },
    stream: { values: [true, false], observe: ({ contentType }) => contentType },
  },
});

const namesNow = ({ library }: TestServer) => library.list().map(({ aliases }) => aliases);
const afterwards = ({ after }: Answer) => after;
const digest = createHash('sha256').update('x').digest('hex');

testFields('ollama-create', {
  path: '/api/create',
  body: { model: 'mine', from: 'test-model' },
  then: async (started) => namesNow(started),
  contrasts: {
    model: { values: ['mine', 'yours'], observe: afterwards },
    name: { values: ['mine', 'yours'], rest: { model: '' }, observe: afterwards },
    from: { values: ['test-model', 'nobody'], observe: status },
    files: { values: [{}, { 'a.gguf': `sha256:${digest}` }], observe: status },
    stream: { values: [true, false], observe: ({ contentType }) => contentType },
  },
});

testFields('ollama-copy', {
  path: '/api/copy',
  body: { source: 'test-model', destination: 'mine' },
  then: async (started) => namesNow(started),
  contrasts: {
    source: { values: ['test-model', 'nobody'], observe: status },
    destination: { values: ['mine', 'yours'], observe: afterwards },
  },
});

testFields('ollama-delete', {
  path: '/api/delete',
  method: 'DELETE',
  body: { model: 'test-model' },
  then: async (started) => namesNow(started),
  contrasts: {
    model: { values: ['test-model', 'nobody'], observe: status },
    name: { values: ['test-model', 'nobody'], rest: { model: '' }, observe: status },
  },
});
