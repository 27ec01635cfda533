import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeGguf, text as textValue } from '#test/support/gguf-bytes.ts';
import { changeMetadata } from '#test/support/hostile-gguf.ts';
import { makeModelRecord } from '#test/support/model-record.ts';
import { writeModelFile } from '#test/support/open-test-library.ts';
import { startTestServer, type TestServerOptions } from '#test/support/start-test-server.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';
import { ask } from './wire.ts';

const manager = { authorization: 'Bearer manager' };
const details =
  '{"parent_model":"","format":"gguf","family":"llama","families":["llama"],"parameter_size":"135M","quantization_level":"Q4_1","context_length":8192,"embedding_length":576}';

async function withFile(options: Parameters<typeof makeModelRecord>[0] = {}): Promise<TestServerOptions> {
  const file = await writeModelFile(path.join(await createTempFolder(), 'coder-7b.q4_1.gguf'), 'Coder');
  return { records: [makeModelRecord({ path: file, ...options })] };
}

describe('lists', () => {
  test('every model has a tagged name and all that strict readers demand', async () => {
    const records = [
      makeModelRecord({ aliases: ['me/repo/Q4_1', 'test:q4_1'], sha256: 'a'.repeat(64) }),
      makeModelRecord({ id: 'other' }),
    ];
    const server = await startTestServer({ records, overrides: { other: { aliases: ['gpt-4o'] } } });
    const { text, status } = await ask(server, '/api/tags', { method: 'GET' });
    expect(status).toBe(200);
    const entry = (name: string) =>
      `{"name":"${name}","model":"${name}","modified_at":TIME,"size":100000000,"digest":HEX,"details":${details},"capabilities":["completion"]}`;
    expect(text).toBe(`{"models":[${[entry('test:q4_1'), entry('other:latest'), entry('gpt-4o:latest')].join(',')}]}`);
  });

  test('what is in memory, the one that stays longest first', async () => {
    const records = ['a', 'b', 'c', 'd'].map((id) => makeModelRecord({ id }));
    const server = await startTestServer({ records, settings: { defaultModel: 'a' } });
    for (const [model, keep_alive] of [
      ['a', '5m'],
      ['b', -1],
      ['c', '1h'],
    ]) {
      await ask(server, '/api/generate', { body: { model, keep_alive } });
    }
    const response = await fetch(`${server.url}/api/ps`);
    const { models } = (await response.json()) as { models: Record<string, unknown>[] };
    expect(models.map(({ name }) => name)).toEqual(['b:latest', 'c:latest', 'a:latest']);
    expect(models[0]).toMatchObject({
      model: 'b:latest',
      digest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      expires_at: '2318-07-20T00:00:00Z',
      size: expect.any(Number) as number,
      size_vram: 0,
      context_length: 8192,
      details: { family: 'llama' },
    });
  });

  test(
    'the version is numbers between dots, 0.14 or later',
    verifies(['API-08'], { breaks: 'src/main/api/ollama/models/routes.ts#ollamaModelRoutes' }, async () => {
      const { url } = await startTestServer();
      const { version } = (await (await fetch(`${url}/api/version`)).json()) as { version: string };
      expect(version).toMatch(/^\d+\.\d+\.\d+$/);
      expect(Number(version.split('.')[1])).toBeGreaterThanOrEqual(14);
      expect((await fetch(`${url}/api/version`, { method: 'HEAD' })).status).toBe(200);
    }),
  );
});

describe('show', () => {
  const show = async (options: TestServerOptions, body: object = {}) => {
    const { url } = await startTestServer(options);
    const response = await fetch(`${url}/api/show`, {
      method: 'POST',
      body: JSON.stringify({ model: 'test-model', ...body }),
    });
    expect(response.status).toBe(200);
    return (await response.json()) as {
      capabilities: string[];
      model_info: Record<string, unknown>;
      parameters: string;
      template: string;
      modelfile: string;
      tensors?: { name: string; type: string; shape: number[] }[];
    };
  };
  const kinds = [
    ['text', { presentsTools: true, thinks: true, fillsIn: true }, ['completion', 'tools', 'insert', 'thinking']],
    ['text', { presentsTools: false, thinks: false, fillsIn: false }, ['completion']],
    ['vectors', { presentsTools: false, thinks: false, fillsIn: false }, ['embedding']],
    ['scores', { presentsTools: false, thinks: false, fillsIn: false }, []],
  ] as const;

  test(
    'capabilities are always a list',
    verifies(['API-07'], { breaks: 'src/main/api/ollama/model-details.ts#encodeCapabilities' }, async () => {
      for (const [gives, traits, expected] of kinds) {
        const shown = await show(await withFile({ facts: { traits: { gives, ...traits } } }));
        expect(shown.capabilities.sort()).toEqual([...expected].sort());
      }
    }),
  );

  test(
    'what clients read of the file is there: architecture, base name, context',
    verifies(['API-23', 'API-24'], { breaks: 'src/main/api/ollama/models/show.ts#encodeShown' }, async () => {
      const { model_info: info } = await show(await withFile());
      expect(info).toMatchObject({
        'general.architecture': 'llama',
        'general.basename': 'coder-7b',
        'general.parameter_count': 135_000_000,
        'llama.context_length': expect.any(Number) as number,
      });
      expect(info).not.toHaveProperty(['general.name']);
      expect(info['tokenizer.ggml.tokens']).toBeNull();
    }),
  );

  test(
    'num_ctx is the context that the model has, or would get',
    verifies(['API-25'], { breaks: 'src/main/api/openai/models/encode.ts#toContextLength' }, async () => {
      const lines = async (settings: TestServerOptions['settings']) =>
        (await show({ ...(await withFile()), ...(settings ? { settings } : {}) })).parameters.split('\n');
      expect(await lines({})).toContainEqual(expect.stringMatching(/^num_ctx\s+8192$/));
      expect(await lines({ contextSize: 2048 })).toContainEqual(expect.stringMatching(/^num_ctx\s+2048$/));
      for (const line of await lines({})) expect(line).toMatch(/^(\S+)\s+((?:".*")|\S+)$/);
    }),
  );

  test(
    'only a model that fills gaps has .Suffix in its template',
    verifies(['API-26'], { breaks: 'src/main/api/ollama/models/show.ts#encodeShown' }, async () => {
      const traits = { gives: 'text', presentsTools: false, thinks: false } as const;
      const fills = await show(await withFile({ facts: { traits: { ...traits, fillsIn: true } } }));
      expect(fills.template).toContain('.Suffix');
      const plain = await show(await withFile({ facts: { traits: { ...traits, fillsIn: false } } }));
      expect(plain.template).not.toContain('.Suffix');
    }),
  );

  test('tensors come with verbose; the Modelfile names the file', async () => {
    const options = await withFile();
    const plain = await show(options);
    expect(plain.tensors).toBeUndefined();
    expect(plain.modelfile).toMatch(/^# Modelfile generated by "ollama show"\n/);
    expect(plain.modelfile).toContain(`\nFROM ${options.records?.[0]?.path}\n`);
    const verbose = await show(options, { verbose: true });
    expect(verbose.tensors?.[0]).toEqual({
      name: expect.any(String) as string,
      type: expect.stringMatching(/^[A-Z]/) as string,
      shape: expect.any(Array) as number[],
    });
  });

  test('a file that is gone is told with the next step', async () => {
    const { status, text } = await ask(await startTestServer(), '/api/show', { body: { model: 'test-model' } });
    expect(status).toBe(404);
    expect(text).toContain('test-model.gguf');
  });
});

describe('names', () => {
  const records = [makeModelRecord({ aliases: ['Qwen/Qwen3-GGUF/Q4_1', 'qwen3:q4_1'] })];

  test.each([
    ['test-model'],
    ['test-model:latest'],
    ['qwen3:q4_1'],
    ['qwen3'],
    ['qwen3:latest'],
    ['library/qwen3:q4_1'],
    ['registry.ollama.ai/library/qwen3:q4_1'],
    ['hf.co/Qwen/Qwen3-GGUF/Q4_1'],
    ['hf.co/Qwen/Qwen3-GGUF:Q4_1'],
    ['huggingface.co/Qwen/Qwen3-GGUF:Q4_1'],
    [''],
  ])('%s is the model', async (model) => {
    const body = { model, prompt: 'count to 1', stream: false };
    const { status, text } = await ask(await startTestServer({ records }), '/api/generate', { body });
    expect([status, JSON.parse(text.replaceAll(/:(?:TIME|NS|IDS)/g, ':0'))]).toMatchObject([
      200,
      { model: model || 'qwen3:q4_1', response: '1' },
    ]);
  });

  test('a name without its tag that two models have is none', async () => {
    const twins = ['q4_1', 'q8_0'].map((tag) => makeModelRecord({ id: `twin.${tag}`, aliases: [`twin:${tag}`] }));
    const server = await startTestServer({ records: twins, settings: { defaultModel: 'twin.q4_1' } });
    const { status, text } = await ask(server, '/api/generate', { body: { model: 'twin', prompt: 'x' } });
    expect([status, text]).toEqual([404, '{"error":"model \'twin\' not found"}']);
  });
});

describe('pull and push', () => {
  test(
    'a model that is there streams success, by any of its names',
    verifies(['API-09'], { breaks: 'src/main/api/ollama/manage/routes.ts#ollamaManageRoutes' }, async () => {
      const records = [makeModelRecord({ aliases: ['qwen3:q4_1', 'gpt-4o'], sha256: 'ab'.repeat(32) })];
      for (const name of ['test-model', 'test-model:latest', 'qwen3:q4_1', 'qwen3', 'gpt-4o']) {
        const { text, headers } = await ask(await startTestServer({ records }), '/api/pull', { body: { name } });
        expect(headers.get('content-type')).toBe('application/x-ndjson');
        expect(text).toBe(
          [
            '{"status":"pulling manifest"}',
            `{"status":"pulling abababababab","digest":"sha256:${'ab'.repeat(32)}","total":100000000,"completed":100000000}`,
            '{"status":"verifying sha256 digest"}',
            '{"status":"writing manifest"}',
            '{"status":"success"}',
            '',
          ].join('\n'),
        );
      }
      const whole = await ask(await startTestServer({ records }), '/api/pull', {
        body: { model: 'gpt-4o', stream: false },
      });
      expect(whole.text).toBe('{"status":"success"}');
    }),
  );

  test('a model that is not there ends with an error that names the next step', async () => {
    const server = await startTestServer();
    const streamed = await ask(server, '/api/pull', { body: { model: 'llama3.2' } });
    const [first, last] = streamed.text.trimEnd().split('\n');
    expect(first).toBe('{"status":"pulling manifest"}');
    expect(last).toMatch(/^\{"error":"pull model manifest: file does not exist\. .*impetus import FILE\.gguf"\}$/);
    const whole = await ask(server, '/api/pull', { body: { model: 'llama3.2', stream: false } });
    expect(whole.status).toBe(404);
    expect(JSON.parse(whole.text)).toEqual(JSON.parse(last ?? ''));
  });

  test('nothing is pushed anywhere', async () => {
    const { status, text } = await ask(await startTestServer(), '/api/push', { body: { model: 'test-model' } });
    expect(status).toBe(400);
    expect(text).toContain('Impetus sends no model anywhere.');
  });
});

describe('management', () => {
  test.each([
    ['POST', '/api/create', { model: 'mine', from: 'test-model' }],
    ['POST', '/api/copy', { source: 'test-model', destination: 'mine' }],
    ['DELETE', '/api/delete', { model: 'test-model' }],
    ['POST', `/api/blobs/sha256:${'a'.repeat(64)}`, {}],
  ])('%s %s needs the token, or the setting', async (method, target, body) => {
    const server = await startTestServer();
    const without = await ask(server, target, { method, body });
    expect(without.status).toBe(401);
    expect(without.text).toMatch(
      /^\{"error":".*the impetus command, or turn on the setting allowKeylessManagement\."\}$/,
    );
    server.settings.allowKeylessManagement = true;
    expect((await ask(server, target, { method, body })).status).not.toBe(401);
  });

  test('a copy is one more name; deleting that name leaves the model', async () => {
    const server = await startTestServer();
    const copy = { source: 'test-model', destination: 'mine:latest' };
    const copied = await ask(server, '/api/copy', { body: copy, headers: manager });
    expect([copied.status, copied.text]).toEqual([200, '']);
    expect((await ask(server, '/api/tags', { method: 'GET' })).text).toContain('"name":"mine:latest"');
    const chat = await ask(server, '/api/generate', { body: { model: 'mine', prompt: 'count to 1', stream: false } });
    expect(chat.headers.get('x-impetus-applied')).toBe('model=test-model');
    const deleted = await ask(server, '/api/delete', { method: 'DELETE', body: { model: 'mine' }, headers: manager });
    expect([deleted.status, deleted.text]).toEqual([200, '']);
    expect(server.library.list()).toHaveLength(1);
    expect((await ask(server, '/api/generate', { body: { model: 'mine', prompt: 'x' } })).status).toBe(404);
  });

  test('a name that another model has by its file is not taken away', async () => {
    const records = [makeModelRecord(), makeModelRecord({ id: 'other' })];
    const server = await startTestServer({ records });
    const copy = { source: 'test-model', destination: 'other' };
    expect((await ask(server, '/api/copy', { body: copy, headers: manager })).status).toBe(409);
  });

  test('a name of the user moves to the model it is given last', async () => {
    const server = await startTestServer({ records: [makeModelRecord(), makeModelRecord({ id: 'other' })] });
    for (const source of ['test-model', 'other']) {
      await ask(server, '/api/copy', { body: { source, destination: 'mine' }, headers: manager });
    }
    expect(server.library.list().map(({ id, aliases }) => [id, aliases])).toEqual([
      ['test-model', []],
      ['other', ['mine']],
    ]);
  });

  test('a deleted model leaves memory and the list; its file stays, and that is told', async () => {
    const options = await withFile();
    const file = options.records?.[0]?.path ?? '';
    const server = await startTestServer(options);
    await ask(server, '/api/generate', { body: { model: 'test-model' } });
    const deleted = await ask(server, '/api/delete', {
      method: 'DELETE',
      body: { name: 'test-model' },
      headers: manager,
    });
    expect([deleted.status, deleted.headers.get('x-impetus-applied')]).toEqual([200, 'file=kept']);
    expect(server.library.list()).toEqual([]);
    expect(server.scheduler.states().size).toBe(0);
    expect((await readFile(file)).length).toBeGreaterThan(0);
  });

  test('a model is made of an uploaded file: found, sent, named', async () => {
    const modelsFolder = await createTempFolder();
    const server = await startTestServer({ modelsFolder });
    const content = encodeGguf(changeMetadata({ 'general.name': textValue('Uploaded') }));
    const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
    const send = (body: Buffer) =>
      fetch(`${server.url}/api/blobs/${digest}`, { method: 'POST', headers: manager, body: new Uint8Array(body) });
    const head = () => fetch(`${server.url}/api/blobs/${digest}`, { method: 'HEAD', headers: manager });
    expect((await head()).status).toBe(404);
    const wrong = await send(Buffer.from('something else'));
    expect([wrong.status, await wrong.json()]).toEqual([
      400,
      { error: expect.stringMatching(/^digest mismatch, expected "sha256:/) as string },
    ]);
    expect(await readdir(path.join(modelsFolder, 'blobs'))).toEqual([]);
    expect((await send(content)).status).toBe(201);
    expect((await send(content)).status).toBe(200);
    expect((await head()).status).toBe(200);
    const create = { model: 'My Model:v1', files: { 'up.gguf': digest } };
    const created = await ask(server, '/api/create', { body: create, headers: manager });
    expect(created.text).toBe(
      '{"status":"reading model metadata"}\n{"status":"writing manifest"}\n{"status":"success"}\n',
    );
    expect(server.library.list().at(-1)).toMatchObject({
      path: path.join(modelsFolder, 'created', 'my-model-v1', 'up.gguf'),
      aliases: ['My Model:v1'],
    });
    expect(await readFile(path.join(modelsFolder, 'created', 'my-model-v1', 'up.gguf'))).toEqual(content);
  });

  test.each([
    [{ 'up.safetensors': 'x' }, 'GGUF'],
    [{ '../up.gguf': 'x' }, 'no plain file name'],
    [{ 'up.gguf': 'md5:1' }, 'expected \\"sha256:\\"'],
    [{ 'up.gguf': `sha256:${'0'.repeat(64)}` }, 'not found'],
  ])('%j makes no model', async (files, words) => {
    const server = await startTestServer({ modelsFolder: await createTempFolder() });
    const { status, text } = await ask(server, '/api/create', { body: { model: 'm', files }, headers: manager });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(text).toContain(words);
  });
});

describe('embeddings', () => {
  const embed = { model: 'test-model:latest', input: ['a b', 'c'] };

  test('one vector for each input, with the tokens of all', async () => {
    const { url } = await startTestServer();
    const response = await fetch(`${url}/api/embed`, { method: 'POST', body: JSON.stringify(embed) });
    const body = (await response.json()) as { embeddings: number[][] };
    expect(body).toEqual({
      model: 'test-model:latest',
      embeddings: [expect.any(Array) as number[], expect.any(Array) as number[]],
      total_duration: expect.any(Number) as number,
      load_duration: expect.any(Number) as number,
      prompt_eval_count: 3,
    });
    for (const vector of body.embeddings) expect(Math.hypot(...vector)).toBeCloseTo(1, 6);
  });

  test('nothing to embed only loads the model', async () => {
    const server = await startTestServer();
    const { text } = await ask(server, '/api/embed', { body: { ...embed, input: '' } });
    expect(text).toBe(
      '{"model":"test-model:latest","embeddings":[],"total_duration":NS,"load_duration":NS,"prompt_eval_count":0}',
    );
    expect(server.scheduler.states().size).toBe(1);
    expect((await ask(server, '/api/embeddings', { body: {} })).text).toBe('{"embedding":[]}');
  });

  test('an input that is too long is cut and that is told; with truncate false it is refused', async () => {
    const server = await startTestServer({ settings: { contextSize: 64 } });
    const input = ['word '.repeat(100), 'short'];
    const cut = await ask(server, '/api/embed', { body: { input } });
    expect([cut.status, cut.headers.get('x-impetus-applied')]).toEqual([200, 'truncate=1']);
    expect(cut.text).toContain('"prompt_eval_count":63}');
    const refused = await ask(server, '/api/embed', { body: { input, truncate: false } });
    expect([refused.status, refused.text]).toEqual([
      400,
      '{"error":"the input length exceeds the context length: 101 tokens, the context holds 64"}',
    ]);
  });

  test('members of options that only matter for answers are named', async () => {
    const body = { ...embed, options: { temperature: 0, num_ctx: 8192 } };
    const { headers } = await ask(await startTestServer(), '/api/embed', { body });
    expect(headers.get('x-impetus-ignored')).toBe('options.temperature');
  });
});
