import { mkdir, readdir, readFile, realpath } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import OpenAI from 'openai';
import { describe, expect, onTestFinished, test } from 'vitest';
import { verifies } from '#test/support/verifies.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { smolModelPath } from '#test/support/dev-cache.ts';
import { startFileServer } from '#test/unit/scripts/file-server.ts';
import { cleanEnvironment } from './support/fake-checkout.ts';
import { processesOfGroup, runProcess } from './support/run-process.ts';

const repository = path.resolve(import.meta.dirname, '..', '..');
const uiPattern = /^Open the UI within 60 s at (http\S+)$/m;
const readyPattern = /^Impetus is ready at (http:\/\/127\.0\.0\.1:\d+)$/m;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function npmStart(home: string, flags: string[], environment: NodeJS.ProcessEnv = {}) {
  const commandArguments = ['start', '--silent', '--', '--headless', '--home', home, ...flags];
  return runProcess('npm', commandArguments, { cwd: repository, env: cleanEnvironment(environment) });
}

async function streamAnswer(url: string): Promise<string> {
  const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none' });
  const stream = await client.chat.completions.create({
    model: 'smollm2-135m-instruct.q4_1',
    messages: [{ role: 'user', content: 'What is the capital of France? Answer in one sentence.' }],
    temperature: 0,
    max_tokens: 24,
    stream: true,
  });
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
  return text;
}

/** What a browser sees at a one-time address: the cookie it gets opens the page it is sent to. */
async function openPage(address: string): Promise<string> {
  const first = await fetch(address, { redirect: 'manual' });
  const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
  const page = await fetch(new URL(first.headers.get('location') ?? '', address), { headers: { cookie } });
  return page.text();
}

function impetus(flags: string[], cwd: string) {
  const script = path.join(repository, 'scripts', 'impetus.mjs');
  return runProcess(process.execPath, [script, ...flags], { cwd, env: cleanEnvironment({}) });
}

describe.skipIf(process.platform === 'win32')('npm start', () => {
  test(
    'ends cleanly: exit code 0 and no process of the group after SIGTERM to npm itself',
    verifies(['S2-47'], { breaks: 'src/main/start-headless.ts#startHeadless' }, async () => {
      const home = await createTempFolder();
      const npm = npmStart(home, ['--port', String(await freePort()), '--model', 'none']);
      const [, url] = await npm.waitFor(readyPattern);
      expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'ok' });
      const started = Date.now();
      npm.kill('SIGTERM');
      expect(await npm.exited).toBe(0);
      expect(Date.now() - started).toBeLessThan(10_000);
      expect(processesOfGroup(npm.pid)).toEqual([]);
      expect(await readdir(path.join(home, 'run'))).not.toContain('instance.json');
    }),
  );

  test('a second start of the same home prints the ready line of the first and ends with 0', async () => {
    const home = await createTempFolder();
    const first = npmStart(home, ['--port', String(await freePort()), '--model', 'none']);
    const [line] = await first.waitFor(readyPattern);
    const second = npmStart(home, ['--model', 'none']);
    expect(await second.exited).toBe(0);
    expect(second.stdout().trim()).toBe(line);
  });

  test('an explicit port that is busy ends with 3 and names the process that holds it', async () => {
    const home = await createTempFolder();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void holder.close());
    const { port } = holder.address() as AddressInfo;
    const npm = npmStart(home, ['--port', String(port), '--model', 'none']);
    expect(await npm.exited).toBe(3);
    expect(npm.stderr()).toContain(String(port));
    expect(npm.stderr()).toContain(String(process.pid));
  });

  test(
    'from an empty home: downloads the default model, serves it to the official client, opens the UI by its code',
    verifies(['S2-51', 'S2-52'], { breaks: 'src/main/default-model.ts#watchDefaultModel' }, async () => {
      const home = await createTempFolder();
      const hub = await startFileServer({ content: await readFile(smolModelPath) });
      const npm = npmStart(home, ['--port', String(await freePort()), '--threads', '1'], {
        IMPETUS_DEV_CACHE: path.join(home, 'no-cache'),
        HF_ENDPOINT: hub.url,
      });
      const [, url = ''] = await npm.waitFor(readyPattern);
      expect(npm.stderr()).toContain('Downloading SmolLM2 135M Instruct from Hugging Face 50 %');
      expect(hub.requests).toHaveLength(1);
      expect((await fetch(`${url}/ready`)).status).toBe(200);
      expect(await streamAnswer(url)).toContain('Paris');
      await expect.poll(() => npm.stderr()).toMatch(uiPattern);
      const [, address = ''] = uiPattern.exec(npm.stderr()) ?? [];
      expect(await openPage(address)).toContain('<div id="root">');
      // The server and the engine's process; with them go their memory and their port.
      expect(processesOfGroup(npm.pid).length).toBeGreaterThan(1);
      npm.kill('SIGTERM');
      expect(await npm.exited).toBe(0);
      expect(processesOfGroup(npm.pid)).toEqual([]);
      const again = createServer();
      const { port } = new URL(url);
      await new Promise<void>((resolve, reject) => {
        again.once('error', reject).listen(Number(port), '127.0.0.1', resolve);
      });
      await new Promise((resolve) => again.close(resolve));
    }),
  );

  test('relative paths in flags mean the folder the user is in', async () => {
    const folder = await realpath(await createTempFolder());
    const commandArguments = ['--prefix', repository, 'start', '--silent', '--', '--headless'];
    const flags = ['--home', 'my-home', '--port', String(await freePort()), '--model', 'none'];
    const npm = runProcess('npm', [...commandArguments, ...flags], { cwd: folder, env: cleanEnvironment({}) });
    await npm.waitFor(readyPattern);
    expect(await readdir(path.join(folder, 'my-home', 'run'))).toContain('instance.json');
  });

  test('an unknown flag ends with 2 and names it', async () => {
    const npm = npmStart(await createTempFolder(), ['--prot', '1234', '--model', 'none']);
    expect(await npm.exited).toBe(2);
    expect(npm.stderr()).toContain('--prot');
  });
});

describe.skipIf(process.platform === 'win32')('impetus', () => {
  test('runs from anywhere and answers with its version', async () => {
    const { version } = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')) as {
      version: string;
    };
    const command = impetus(['--version'], await createTempFolder());
    expect(await command.exited).toBe(0);
    expect(command.stdout().trim()).toContain(version);
  });

  test('passes the exit code of the command on', async () => {
    const folder = await createTempFolder();
    const command = impetus(['import', 'missing.gguf', '--home', path.join(folder, 'home')], folder);
    expect(await command.exited).not.toBe(0);
    expect(command.stderr()).toContain('missing.gguf');
    expect(await impetus(['no-such-command'], folder).exited).toBe(2);
  });

  test('serve drains on SIGTERM to the script and leaves no process', async () => {
    const folder = await createTempFolder();
    await mkdir(path.join(folder, 'home'));
    const flags = ['serve', '--home', path.join(folder, 'home'), '--port', String(await freePort()), '--model', 'none'];
    const command = impetus(flags, folder);
    await command.waitFor(readyPattern);
    command.kill('SIGTERM');
    expect(await command.exited).toBe(0);
    expect(processesOfGroup(command.pid)).toEqual([]);
  });
});
