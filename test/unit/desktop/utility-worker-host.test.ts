import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { createUtilityWorkerHost, type UtilityForkOptions } from '#main/desktop/utility-worker-host.ts';

/** Electron's helper process as far as the port uses it. */
class FakeUtility extends EventEmitter {
  pid: number | undefined;
  readonly stderr = new PassThrough();
  readonly posted: unknown[] = [];
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  start(pid = 4711): void {
    this.pid = pid;
    this.emit('spawn');
  }
}

function makeHost() {
  const child = new FakeUtility();
  const forks: [string, string[], UtilityForkOptions][] = [];
  const host = createUtilityWorkerHost((...given) => {
    forks.push(given);
    return child;
  });
  return { host, child, forks };
}

describe('a child of the packaged app', () => {
  afterEach(() => vi.restoreAllMocks());

  test('is started with the entry, its arguments and an environment without secrets', async () => {
    vi.stubEnv('HF_TOKEN', 'canary');
    const { host, child, forks } = makeHost();
    const spawning = host.spawn({ entry: '/engine.js', arguments: ['a'], environment: { UV_THREADPOOL_SIZE: '1' } });
    child.start();
    expect((await spawning).pid).toBe(4711);
    const [[entry, list, options] = []] = forks;
    expect([entry, list, options?.serviceName, options?.stdio]).toEqual([
      '/engine.js',
      ['a'],
      'Impetus engine',
      ['ignore', 'ignore', 'pipe'],
    ]);
    expect(options?.env).toMatchObject({ UV_THREADPOOL_SIZE: '1', PATH: process.env['PATH'] });
    expect(Object.values(options?.env ?? {})).not.toContain('canary');
  });

  test('sends and receives messages until nobody listens', async () => {
    const { host, child } = makeHost();
    const spawning = host.spawn({ entry: '/engine.js' });
    child.start();
    const worker = await spawning;
    const received: unknown[] = [];
    const stop = worker.onMessage((message) => received.push(message));
    worker.send({ type: 'load' });
    child.emit('message', { type: 'loaded' });
    stop();
    child.emit('message', { type: 'late' });
    expect([child.posted, received]).toEqual([[{ type: 'load' }], [{ type: 'loaded' }]]);
  });

  test('tells how it ended, with the end of its standard error; nothing is sent to it or killed afterwards', async () => {
    const kill = vi.spyOn(process, 'kill').mockReturnValue(true);
    const { host, child } = makeHost();
    const spawning = host.spawn({ entry: '/engine.js' });
    child.start();
    const worker = await spawning;
    worker.kill();
    expect(kill.mock.calls).toEqual([[4711, 'SIGKILL']]);
    child.stderr.write('x'.repeat(5000));
    child.stderr.write('the last line');
    await vi.waitFor(() => expect(child.stderr.readableLength).toBe(0));
    child.emit('exit', 9);
    const { code, signal, stderrTail } = await worker.exited;
    expect([code, signal, stderrTail.length, stderrTail.slice(-13)]).toEqual([9, null, 4000, 'the last line']);
    worker.send('late');
    worker.kill();
    expect([child.posted, kill.mock.calls.length]).toEqual([[], 1]);
  });

  test('that ends before it runs is an error with its last words', async () => {
    const { host, child } = makeHost();
    const spawning = host.spawn({ entry: '/missing.js' });
    child.stderr.write('Cannot find module');
    await vi.waitFor(() => expect(child.stderr.readableLength).toBe(0));
    child.emit('exit', 1);
    await expect(spawning).rejects.toThrow('Cannot find module');
  });
});
