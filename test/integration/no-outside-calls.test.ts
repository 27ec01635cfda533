import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { eventually } from '#test/support/eventually.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');
const guard = pathToFileURL(path.join(repository, 'test', 'support', 'refuse-outside-shim.ts')).href;

/** A Node process whose connections to other machines are refused and written to `record`, its children's too. */
function startGuarded(record: string, argv: string[]) {
  const child = spawn(process.execPath, argv, {
    env: {
      ...process.env,
      NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} --import=${guard}`.trim(),
      IMPETUS_TEST_CONNECTIONS: record,
      IMPETUS_THREADS: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  return { child, ended, output: () => output };
}

test(
  'code is completed and chat answered without one connection to another machine',
  verifies(['S2-68'], { breaks: 'src/main/start-headless.ts#startHeadless' }, async () => {
    const home = await createTempFolder();
    const record = path.join(home, 'connections.txt');
    await writeFile(record, '');
    const attempts = ["fetch('http://192.0.2.1/')", "require('net').connect(80, 'example.invalid')"];
    for (const attempt of attempts) await startGuarded(record, ['-e', attempt]).ended;
    expect((await readFile(record, 'utf8')).trim().split('\n')).toHaveLength(attempts.length);
    await writeFile(record, '');

    const entry = path.join(repository, 'src', 'main', 'impetus.ts');
    const flags = ['--home', home, '--port', String(await findFreePort()), '--model', smolModelPath, '--ctx', '512'];
    const server = startGuarded(record, [entry, 'serve', ...flags]);
    await eventually(() => expect(server.output()).toMatch(/^Impetus is ready at http:\S+$/m), 60_000);
    const [, url = ''] = /ready at (\S+)/.exec(server.output()) ?? [];
    const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
    const model = 'smollm2-135m-instruct.q4_1';
    const code = await client.completions.create({
      ...{ model, prompt: 'def fibonacci(n):\n    ', temperature: 0 },
      max_tokens: 24,
    });
    expect(code.choices[0]?.text).toContain('return');
    const chat = await client.chat.completions.create({
      ...{ model, messages: [{ role: 'user', content: 'What is the capital of France? Answer in one sentence.' }] },
      ...{ temperature: 0, max_tokens: 24 },
    });
    expect(chat.choices[0]?.message.content).toContain('Paris');
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(await readFile(record, 'utf8')).toBe('');
  }),
);

async function findFreePort(): Promise<number> {
  const { createServer } = await import('node:net');
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
