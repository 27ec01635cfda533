import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { CliHome } from '#main/cli/index.ts';
import { createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { eventually } from '#test/support/eventually.ts';
import { FakeCli, type FakeCliOptions } from '#test/support/fake-cli.ts';
import { FakeControlApp, loadedState } from '#test/support/fake-control-app.ts';
import { createRecordedLogger } from '#test/support/recorded-logger.ts';
import { startControlServer, testToken } from '#test/support/start-control-server.ts';

/** A server of another process, as far as the CLI can tell. */
async function startServer() {
  const app = new FakeControlApp();
  const { logger } = createRecordedLogger();
  let instance: { pid: number; port: number } | undefined;
  const server = await startControlServer({
    createRouter: (access) =>
      createControlRouter({ handlers: createControlHandlers(Object.assign(app, { browserAccess: access })), logger }),
  });
  instance = { pid: 4242, port: server.port };
  onTestFinished(server.close);
  const home: Partial<CliHome> = {
    findInstance: async () => instance,
    readControlToken: async () => testToken,
  };
  app.onShutdown = () => setTimeout(() => (instance = undefined), 60);
  const createCli = (options: FakeCliOptions = {}) => new FakeCli({ ...options, home: { ...home, ...options.home } });
  return { app, server, createCli };
}

describe('impetus beside a running server', () => {
  test('run asks the server and starts nothing of its own', async () => {
    const { app, createCli } = await startServer();
    const cli = createCli();
    expect(await cli.run('run', 'alpha', 'Hello', 'there')).toMatchObject({ exitCode: 0, stdout: 'Hello there\n' });
    expect(app.requests).toHaveLength(1);
    expect(cli.localStarts).toBe(0);
  });

  test('run frees the server at Ctrl-C', async () => {
    const { app, createCli } = await startServer();
    const cli = createCli();
    const running = cli.run('run', 'alpha', 'please wait');
    await eventually(() => expect(app.requests).toHaveLength(1));
    cli.interrupt();
    expect((await running).exitCode).toBe(130);
    await eventually(() => expect(app.cancelledGenerations).toBe(1));
  });

  test('run tells an unknown model and a crash apart by their exit codes', async () => {
    const { createCli } = await startServer();
    expect((await createCli().run('run', 'gamma', 'Hi')).exitCode).toBe(4);
    expect((await createCli().run('run', 'alpha', 'break it')).exitCode).toBe(1);
  });

  test('release gives a model another try that was set aside', async () => {
    const { app, createCli } = await startServer();
    app.library.setTrust('alpha', 'quarantined');
    expect((await createCli().run('release', 'alpha')).stdout).toContain('alpha may be loaded again.');
    expect(app.library.require('alpha').trust).toBe('new');
    expect((await createCli().run('release', 'nobody')).exitCode).toBe(4);
    expect((await createCli().run('release')).exitCode).toBe(2);
  });

  test('cache tells what prompts reuse and what broke them, and forgets it all when told', async () => {
    const { app, createCli } = await startServer();
    app.cacheReport = {
      uses: [
        {
          ...{ client: 'Cline', model: 'alpha', requests: 4, promptTokens: 4000, reusedTokens: 3000 },
          ...{ restoredTokens: 0, lostTokens: 900, lostMs: 4500 },
          breaks: [
            {
              ...{ position: 12, before: '10:41', now: '10:42', lostTokens: 900, left: 'It is ', right: '. Be brief.' },
              ...{ at: '2026-11-21T10:42:00Z', costMs: 4500, proposed: ['times'] },
            },
          ],
          normalizers: [],
        },
      ],
      disk: { files: 3, bytes: 2_000_000 },
    };
    const shown = await createCli().run('cache');
    expect(shown.stdout).toMatch(/Cline +alpha +4 +4000 +75 % +900 +4\.5 s/);
    expect(shown.stdout).toContain(
      'Cline changed "10:41" to "10:42" after 12 tokens: 900 tokens behind it were read again.',
    );
    expect(shown.stdout).toContain('impetus cache normalize Cline times');
    expect(JSON.parse((await createCli().run('cache', '--json')).stdout)).toEqual(app.cacheReport);
    const times = { client: 'Cline', model: null, normalizer: 'times' };
    expect((await createCli().run('cache', 'normalize', 'Cline', 'times')).stdout).toContain('Times');
    expect(app.normalizerRules).toEqual([times]);
    await createCli().run('cache', 'normalize', 'Cline', 'dates', '--model', 'alpha', '--json');
    expect(app.normalizerRules).toEqual([times, { client: 'Cline', model: 'alpha', normalizer: 'dates' }]);
    await createCli().run('cache', 'normalize', 'Cline', 'times', 'off');
    expect(app.normalizerRules).toEqual([{ client: 'Cline', model: 'alpha', normalizer: 'dates' }]);
    for (const wrong of [['normalize'], ['normalize', 'Cline', 'moods'], ['normalize', 'Cline', 'times', 'maybe']]) {
      expect((await createCli().run('cache', ...wrong)).exitCode).toBe(2);
    }
    expect(await createCli().run('cache', 'clear')).toMatchObject({ exitCode: 0 });
    expect(app.cacheClears).toBe(1);
    expect((await createCli().run('cache', 'heal')).exitCode).toBe(2);
  });

  test('ps lists what is in memory', async () => {
    const { app, createCli } = await startServer();
    app.setState('beta', { ...loadedState, activeRequests: 2 });
    expect((await createCli().run('ps')).stdout).toBe(
      'NAME  MEMORY  WHERE       CONTEXT  SLOTS  REQUESTS  UNLOADS\n' +
        'beta  300 MB  cpu, child  8192     4      2         when idle\n',
    );
    expect((await createCli().run('ps', '--json')).json).toMatchObject([{ id: 'beta', status: { state: 'loaded' } }]);
  });

  test('stop MODEL takes it out of memory, a busy one only by force', async () => {
    const { app, createCli } = await startServer();
    app.setState('beta', loadedState);
    app.inUse.add('beta');
    expect(await createCli().run('stop', 'beta')).toMatchObject({ exitCode: 1 });
    expect(app.states.get('beta')?.state).toBe('loaded');
    expect(await createCli().run('stop', 'beta', '--force', '--json')).toMatchObject({
      exitCode: 0,
      json: { unloaded: 'beta' },
    });
    expect(app.states.get('beta')?.state).toBe('unloaded');
    expect((await createCli().run('stop', 'gamma')).exitCode).toBe(4);
  });

  test('stop ends the server and returns when it has gone', async () => {
    const { app, createCli } = await startServer();
    expect(await createCli().run('stop', '--json')).toMatchObject({ exitCode: 0, json: { stopped: true, pid: 4242 } });
    expect(app.shutdowns).toBe(1);
    expect((await createCli().run('stop')).exitCode).toBe(3);
  });

  test('serve names the one that runs instead of fighting it', async () => {
    const { server, createCli } = await startServer();
    const startHeadless = vi.fn(async () => 0);
    const result = await createCli({ startHeadless }).run('serve', '--port', '1');
    expect(result).toMatchObject({ exitCode: 0, stdout: `Impetus is ready at ${server.baseUrl}\n` });
    expect(startHeadless).not.toHaveBeenCalled();
  });

  test('ui opens an address that works once, or prints it', async () => {
    const { createCli } = await startServer();
    const opening = createCli();
    expect(await opening.run('ui')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(opening.openedUrls[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/ui\?code=[0-9a-f]{32}$/);
    const printing = createCli();
    const { json } = await printing.run('ui', '--json');
    expect(json).toEqual({ url: expect.stringMatching(/\/ui\?code=[0-9a-f]{32}$/) as string });
    expect(printing.openedUrls).toEqual([]);
    const failing = createCli({ openInBrowser: () => Promise.reject(new Error('no display')) });
    expect(await failing.run('ui')).toMatchObject({
      exitCode: 0,
      stderr: 'Open this address within 60 seconds; it works once.\n',
    });
  });

  test('is refused without the right token, and shows no token', async () => {
    const { createCli } = await startServer();
    const result = await createCli({ home: { readControlToken: async () => 'f'.repeat(64) } }).run('ls', '--json');
    expect(result).toMatchObject({ exitCode: 1, json: { error: { code: 'unauthorized' } } });
    expect(result.stdout + result.stderr).not.toContain('ffff');
  });
});

describe('impetus beside a server that is not what it seems', () => {
  test('works by itself when nobody listens at the port any more', async () => {
    const { server, createCli } = await startServer();
    await server.close();
    const cli = createCli();
    expect(await cli.run('ls')).toMatchObject({ exitCode: 0 });
    expect(cli.localStarts).toBe(1);
  });

  test('touches nothing when the server runs but says nothing', async () => {
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    const cli = new FakeCli({ home: { findInstance: async () => ({ pid: 77, port }) } });
    expect(await cli.run('ls')).toMatchObject({
      exitCode: 1,
      stderr: `impetus: Impetus (process 77) runs but does not answer at http://127.0.0.1:${port}.\nWait for it, or end process 77 and try again.\n`,
    });
    expect(cli.localStarts).toBe(0);
    silent.closeAllConnections();
  });
});
