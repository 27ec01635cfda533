import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { AppError } from '#shared/errors/app-error.ts';
import { eventually } from '#test/support/eventually.ts';
import { FakeCli } from '#test/support/fake-cli.ts';
import { FakeControlApp, loadedState } from '#test/support/fake-control-app.ts';
import { createTempFolder } from '#test/support/temp-folder.ts';
import { verifies } from '#test/support/verifies.ts';

describe('impetus without a server', () => {
  test('ls lists the catalogue as a table and as JSON', async () => {
    const cli = new FakeCli();
    const table = await cli.run('ls');
    expect(table).toMatchObject({ exitCode: 0, stderr: '' });
    expect(table.stdout).toBe(
      'NAME   SIZE    QUANT  CONTEXT  CAN DO  STATE\n' +
        'alpha  100 MB  Q4_1   8192     chat    default\n' +
        'beta   4.8 GB  Q4_1   8192     chat\n',
    );
    const json = await new FakeCli().run('ls', '--json');
    expect(json.json).toMatchObject([{ id: 'alpha', isDefault: true }, { id: 'beta' }]);
    expect(json.stdout.split('\n')).toHaveLength(2);
    expect([cli.localStarts, cli.localStops]).toEqual([1, 1]);
  });

  test('ls of an empty library says how to add a model, beside the output', async () => {
    const app = new FakeControlApp();
    app.records = [];
    expect(await new FakeCli({ app }).run('ls')).toMatchObject({
      exitCode: 0,
      stdout: '',
      stderr: 'No models yet. Add one with `impetus import FILE`.\n',
    });
    expect((await new FakeCli({ app }).run('ls', '--json')).json).toEqual([]);
  });

  test('ls tells states apart', async () => {
    const app = new FakeControlApp();
    app.setState('alpha', { state: 'loading', progress: 0.42 });
    app.setState('beta', { state: 'failed', code: 'model-load-failed', message: 'The file ends early.' });
    const { stdout } = await new FakeCli({ app }).run('ls');
    expect(stdout).toContain('default, loading 42 %\n');
    expect(stdout).toContain('failed: The file ends early.\n');
  });

  test('ps prints nothing and succeeds', async () => {
    const cli = new FakeCli();
    expect(await cli.run('ps')).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect((await new FakeCli().run('ps', '--json')).json).toEqual([]);
    expect(cli.localStarts).toBe(0);
  });

  test('stop and ui find no server: exit code 3', async () => {
    for (const argv of [['stop'], ['stop', 'alpha'], ['ui']]) {
      const result = await new FakeCli().run(...argv);
      expect(result.exitCode).toBe(3);
      expect(result.stderr).toBe(
        'impetus: No Impetus runs with the home folder /home/user/.impetus.\nStart one with `impetus serve`.\n',
      );
    }
    expect((await new FakeCli().run('stop', '--json')).json).toMatchObject({ error: { code: 'server-unreachable' } });
  });

  test('import registers the file by its absolute path', async () => {
    const cli = new FakeCli({ workingFolder: '/data' });
    const result = await cli.run('import', 'models/Gamma.gguf', '--json');
    expect(result).toMatchObject({ exitCode: 0, json: { id: 'gamma', path: path.resolve('/data/models/Gamma.gguf') } });
    const text = await new FakeCli().run('import', '/models/delta.gguf');
    expect(text.stdout).toBe('delta is in the library: Test Model, Q4_1, 100 MB.\n');
  });

  test('import fails with the reason, the next step and exit code 1', async () => {
    const result = await new FakeCli().run('import', '/tmp/notes.txt', '--json');
    expect(result).toMatchObject({
      exitCode: 1,
      stderr: 'impetus: /tmp/notes.txt is a text file.\nImport a .gguf file.\n',
      json: { error: { code: 'model-format-unsupported', hint: 'Import a .gguf file.' } },
    });
  });
});

describe('impetus run', () => {
  test('streams the answer to the words of the command line', async () => {
    const cli = new FakeCli();
    const result = await cli.run('run', 'alpha', 'Hello', 'there');
    expect(result).toMatchObject({ exitCode: 0, stdout: 'Hello there\n', stderr: '' });
    expect(cli.app.requests[0]?.prompt).toEqual({ type: 'chat', messages: [{ role: 'user', content: 'Hello there' }] });
    expect(cli.localStops).toBe(1);
  });

  test('takes the prompt from a pipe, behind the words when there are some', async () => {
    const alone = new FakeCli({ piped: 'first line\nsecond line\n' });
    await alone.run('run', 'alpha');
    expect(alone.app.requests[0]?.prompt).toMatchObject({ messages: [{ content: 'first line\nsecond line' }] });
    const both = new FakeCli({ piped: 'the text\n' });
    await both.run('run', 'alpha', 'Summarise:');
    expect(both.app.requests[0]?.prompt).toMatchObject({ messages: [{ content: 'Summarise:\n\nthe text' }] });
  });

  test('gives the whole answer as one JSON line', async () => {
    const result = await new FakeCli().run('run', 'alpha', 'one two', '--json');
    expect(result.stdout.split('\n')).toHaveLength(2);
    expect(result.json).toEqual({
      model: 'alpha',
      text: 'one two',
      seed: 7,
      finishReason: 'stop',
      rawReason: 'eog',
      usage: { promptTokens: 2, cachedTokens: 0, completionTokens: 2 },
      timings: { queueMs: 0, prefillMs: 10, decodeMs: 100 },
    });
  });

  test('passes its flags on and leaves out what was not given', async () => {
    const cli = new FakeCli();
    const flags = '--temperature 0 --top-p 0.9 --top-k 20 --min-p 0.1 --seed 5 --max-tokens 9 --stop A --stop B';
    await cli.run('run', 'alpha', 'Hi', '--system', 'Be brief.', ...flags.split(' '));
    expect(cli.app.requests[0]).toEqual({
      model: 'alpha',
      prompt: {
        type: 'chat',
        messages: [
          { role: 'system', content: 'Be brief.' },
          { role: 'user', content: 'Hi' },
        ],
      },
      sampling: { temperature: 0, topP: 0.9, topK: 20, minP: 0.1, seed: 5 },
      maxTokens: 9,
      stops: ['A', 'B'],
    });
    const plain = new FakeCli();
    await plain.run('run', 'alpha', 'Hi');
    expect(plain.app.requests[0]).toEqual({
      model: 'alpha',
      prompt: { type: 'chat', messages: [{ role: 'user', content: 'Hi' }] },
      sampling: {},
      stops: [],
    });
  });

  test('registers a file that is named instead of a model', async () => {
    const folder = await createTempFolder();
    await writeFile(path.join(folder, 'My-Model.gguf'), 'GGUF');
    const cli = new FakeCli({ workingFolder: folder });
    expect(await cli.run('run', './My-Model.gguf', 'Hi')).toMatchObject({ exitCode: 0, stdout: 'Hi\n' });
    expect(cli.app.records.at(-1)).toMatchObject({ id: 'my-model', path: path.join(folder, 'My-Model.gguf') });
  });

  test('knows no such model: exit code 4 and the nearest names', async () => {
    const result = await new FakeCli().run('run', 'gamma', 'Hi', '--json');
    expect(result).toMatchObject({
      exitCode: 4,
      stderr: 'impetus: There is no model "gamma".\nThe nearest names are alpha and beta.\n',
      json: { error: { code: 'model-not-found', data: { nearest: ['alpha', 'beta'] } } },
    });
  });

  test('fails in the middle of an answer with exit code 1', async () => {
    const result = await new FakeCli().run('run', 'alpha', 'break it');
    expect(result).toMatchObject({
      exitCode: 1,
      stdout: 'break',
      stderr: 'impetus: The engine of alpha died.\nRetry.\n',
    });
  });

  test('is cancelled by Ctrl-C: exit code 130, and the work behind it ends', async () => {
    const cli = new FakeCli();
    const running = cli.run('run', 'alpha', 'please wait');
    await eventually(() => expect(cli.app.requests).toHaveLength(1));
    cli.interrupt();
    expect(await running).toMatchObject({ exitCode: 130 });
    expect(cli.app.cancelledGenerations).toBe(1);
    expect([cli.localStops, cli.interrupts.size]).toEqual([1, 0]);
  });

  test('ends the work when nobody reads the answer any more, which is no failure', async () => {
    const cli = new FakeCli();
    const running = cli.run('run', 'alpha', 'please wait');
    await eventually(() => expect(cli.app.requests).toHaveLength(1));
    cli.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(await running).toMatchObject({ exitCode: 0, stderr: '' });
    expect(cli.app.cancelledGenerations).toBe(1);
  });

  test('fails when its output cannot be written: exit code 1', async () => {
    const cli = new FakeCli();
    const running = cli.run('run', 'alpha', 'please wait');
    await eventually(() => expect(cli.app.requests).toHaveLength(1));
    cli.stdout.emit('error', Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }));
    expect(await running).toMatchObject({
      exitCode: 1,
      stderr: 'impetus: The output cannot be written: no space left on device\n',
    });
  });

  test('needs a prompt when nobody is at the keyboard, and with --json', async () => {
    for (const cli of [new FakeCli({ piped: '' }), new FakeCli({ piped: '\n\n' })]) {
      expect(await cli.run('run', 'alpha')).toMatchObject({ exitCode: 2 });
      expect(cli.localStarts).toBe(0);
    }
    expect(await new FakeCli().run('run', 'alpha', '--json')).toMatchObject({
      exitCode: 2,
      json: { error: { code: 'invalid-request', message: 'The prompt is missing.' } },
    });
  });

  test('shows on a terminal how far a load is', async () => {
    const cli = new FakeCli({ showsProgress: true });
    cli.app.setState('alpha', { state: 'loading', progress: 0.4 });
    const { stdout, stderr } = await cli.run('run', 'alpha', 'Hi');
    expect(stdout).toBe('Hi\n');
    expect(stderr).toContain('Loading alpha … 40 %');
    expect(stderr.endsWith('40 %\r\u001b[2K')).toBe(true);
  });
});

describe('impetus run at the keyboard', () => {
  /** Enters each part when the program has dealt with the one before; the last one is expected to end it. */
  async function converse(...keys: string[]) {
    const cli = new FakeCli();
    let screen = '';
    cli.stdout.on('data', (text: string) => (screen += text));
    const count = (text: string) => screen.split(text).length;
    const running = cli.run('run', 'alpha');
    await eventually(() => expect(screen).toContain('>>> '), 5000);
    for (const [index, key] of keys.entries()) {
      const before = { prompts: count('>>> '), answers: count('please') };
      cli.stdin.write(key);
      if (index === keys.length - 1) break;
      await eventually(() => {
        if (key.includes('wait')) expect(count('please')).toBe(before.answers + 2);
        else if (key.endsWith('\r') || key === '\u0003') expect(count('>>> ')).toBeGreaterThan(before.prompts);
        else expect(screen).toContain(key);
      });
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    return { cli, result: await running };
  }

  test('keeps the turns of the conversation', async () => {
    const { cli, result } = await converse('first\r', 'second\r', '/bye\r');
    expect(result.exitCode).toBe(0);
    expect(cli.app.requests[1]?.prompt).toEqual({
      type: 'chat',
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'first' },
        { role: 'user', content: 'second' },
      ],
    });
    expect(cli.localStops).toBe(1);
  });

  test('takes pasted lines as one message', async () => {
    const { cli } = await converse('first line\rsecond line\r\rlast line\r', '/bye\r');
    expect(cli.app.requests.map(({ prompt }) => prompt)).toMatchObject([
      { messages: [{ role: 'user', content: 'first line\nsecond line\n\nlast line' }] },
    ]);
  });

  test('forgets them at /clear and ends with the input', async () => {
    const { cli, result } = await converse('first\r', '/clear\r', 'second\r', '\u0004');
    expect(result.exitCode).toBe(0);
    expect(cli.app.requests[1]?.prompt).toMatchObject({ messages: [{ role: 'user', content: 'second' }] });
  });

  test('stops an answer at Ctrl-C and goes on; what was said stays', async () => {
    const { cli, result } = await converse('please wait\r', '\u0003', 'again\r', '/bye\r');
    expect(result.exitCode).toBe(0);
    expect(cli.app.cancelledGenerations).toBe(1);
    expect(cli.app.requests[1]?.prompt).toMatchObject({
      messages: [{ content: 'please wait' }, { role: 'assistant', content: 'please' }, { content: 'again' }],
    });
  });

  test('leaves at the second Ctrl-C in a row only', async () => {
    const twice = await converse('half a line', '\u0003', '\u0003');
    expect(twice.result.exitCode).toBe(130);
    expect(twice.cli.app.requests).toEqual([]);
    const apart = await converse('\u0003', 'hello\r', '\u0003', '/bye\r');
    expect(apart.result.exitCode).toBe(0);
    const cleared = await converse('please wait\r', '\u0003', 'a slip', '\u0003', '/bye\r');
    expect(cleared.result.exitCode).toBe(0);
    expect(cleared.cli.app.requests).toHaveLength(1);
  });

  test('shows a failed turn, drops it and goes on', async () => {
    const { cli, result } = await converse('break now\r', 'next\r', '/bye\r');
    expect(result).toMatchObject({ exitCode: 0 });
    expect(result.stderr).toContain('impetus: The engine of alpha died.');
    expect(cli.app.requests).toHaveLength(2);
  });

  test('ends when it is told to from outside', async () => {
    const cli = new FakeCli();
    const running = cli.run('run', 'alpha');
    await eventually(() => expect(cli.interrupts.size).toBe(1));
    cli.interrupt();
    expect((await running).exitCode).toBe(0);
  });
});

describe('impetus serve', () => {
  test('serves with the flags given and ends with its exit code', async () => {
    const startHeadless = vi.fn(async () => 0);
    const cli = new FakeCli({ startHeadless, environment: { IMPETUS_THREADS: '2' } });
    expect((await cli.run('serve', '--port', '8080', '--model', 'none')).exitCode).toBe(0);
    expect(startHeadless).toHaveBeenCalledWith(expect.objectContaining({ port: 8080, model: 'none', threads: 2 }));
  });

  test('finds the port busy: exit code 3 and who holds it', async () => {
    const startHeadless = async () => {
      throw new AppError('port-in-use', 'Port 8080 is taken by process 77 (python3).', { hint: 'Choose another.' });
    };
    expect(await new FakeCli({ startHeadless }).run('serve', '--port', '8080')).toMatchObject({
      exitCode: 3,
      stderr: 'impetus: Port 8080 is taken by process 77 (python3).\nChoose another.\n',
    });
  });
});

describe('impetus as a program', () => {
  test('says its version', async () => {
    expect(await new FakeCli().run('--version')).toMatchObject({ exitCode: 0, stdout: '0.1.0\n' });
    expect((await new FakeCli().run('--version', '--json')).json).toEqual({ version: '0.1.0' });
  });

  test('shows its commands and the flags of each', async () => {
    for (const argv of [[], ['--help'], ['-h'], ['help']]) {
      const result = await new FakeCli().run(...argv);
      expect(result.exitCode).toBe(0);
      for (const word of ['serve', 'run MODEL [PROMPT]', 'ls', 'ps', 'stop [MODEL]', 'import FILE', 'ui']) {
        expect(result.stdout).toContain(`  ${word}`);
      }
    }
    for (const argv of [
      ['run', '--help'],
      ['help', 'run'],
      ['run', 'alpha', '-h'],
    ]) {
      const result = await new FakeCli().run(...argv);
      expect(result.exitCode).toBe(0);
      expect(result.stdout).toContain('Usage: impetus run MODEL [PROMPT]');
      expect(result.stdout).toContain('--max-tokens N');
    }
    const serve = await new FakeCli().run('serve', '--help');
    expect(serve.stdout).toContain('--port N');
    expect(serve.stdout).toContain('[IMPETUS_PORT]');
    const { json } = await new FakeCli().run('help', '--json');
    expect((json as { commands: { name: string }[] }).commands.map(({ name }) => name)).toEqual([
      'serve',
      'run',
      'ls',
      'show',
      'ps',
      'stop',
      'cache',
      'import',
      'release',
      'ui',
    ]);
  });

  test('takes a help flag behind -- as text', async () => {
    expect((await new FakeCli().run('run', 'alpha', '--', '--help')).stdout).toBe('--help\n');
  });

  test('refuses what it does not understand before it does anything: exit code 2', async () => {
    for (const argv of [
      ['lst'],
      ['ls', 'extra'],
      ['ls', '--jsno'],
      ['run'],
      ['run', 'alpha', 'Hi', '--temperature', 'hot'],
      ['run', 'alpha', 'Hi', '--seed', '-1'],
      ['import'],
      ['import', 'a', 'b'],
      ['serve', '--port', '0'],
      ['stop', 'a', 'b'],
    ]) {
      const cli = new FakeCli();
      const result = await cli.run(...argv);
      expect([argv, result.exitCode, result.stdout]).toEqual([argv, 2, '']);
      expect(result.stderr).toMatch(/^impetus: .+\n.+\n$/);
      expect(cli.localStarts).toBe(0);
    }
    expect((await new FakeCli().run('lst')).stderr).toContain('Did you mean ls?');
    expect((await new FakeCli().run('ls', '--jsno')).stderr).toContain('Did you mean --json?');
    expect((await new FakeCli().run('lst', '--json')).json).toMatchObject({ error: { code: 'invalid-request' } });
  });

  test(
    'reads its configuration typed from the environment, and names the variable that does not fit',
    verifies(['S1-19'], { breaks: 'src/main/cli/serve-options.ts#toServeOptions' }, async () => {
      const startHeadless = vi.fn(async () => 0);
      const good = { IMPETUS_PORT: '8081', IMPETUS_HOME: '/e', IMPETUS_THREADS: '3' };
      expect(await new FakeCli({ environment: good, startHeadless }).run('serve')).toMatchObject({ exitCode: 0 });
      expect(startHeadless).toHaveBeenCalledWith(expect.objectContaining({ port: 8081, home: '/e', threads: 3 }));
      const bad: [string, string][] = [
        ['IMPETUS_PORT', 'many'],
        ['IMPETUS_PORT', '70000'],
        ['IMPETUS_THREADS', '0.5'],
      ];
      for (const [name, value] of bad) {
        const result = await new FakeCli({ environment: { [name]: value }, startHeadless }).run('serve');
        expect(result.exitCode).toBe(2);
        expect(result.stderr).toContain(`${name} is "${value}", but must be a whole number from 1 to`);
      }
      expect(startHeadless).toHaveBeenCalledTimes(1);
    }),
  );
});

test('a model in memory is listed as loaded', async () => {
  const app = new FakeControlApp();
  app.setState('beta', loadedState);
  expect((await new FakeCli({ app }).run('ls')).stdout).toContain('loaded\n');
});
