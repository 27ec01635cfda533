import { withoutSecrets, type WorkerExit, type WorkerHost, type WorkerProcess } from '../base/index.ts';

/** The part of Electron's `utilityProcess` that is used. */
export interface UtilityFork {
  (entry: string, arguments_: string[], options: UtilityForkOptions): UtilityChild;
}

export interface UtilityForkOptions {
  env: NodeJS.ProcessEnv;
  stdio: ['ignore', 'ignore', 'pipe'];
  serviceName: string;
}

interface UtilityChild {
  readonly pid: number | undefined;
  readonly stderr: NodeJS.ReadableStream | null;
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'spawn', listener: () => void): unknown;
  once(event: 'exit', listener: (code: number) => void): unknown;
}

/** How much of a child's standard error is kept for messages, in characters. */
const stderrTailLength = 4000;

/**
 * Children of a packaged app: Electron's own helper processes, because its executable refuses to run as plain Node.
 * Electron tells an exit code only, never a signal.
 */
export function createUtilityWorkerHost(fork: UtilityFork): WorkerHost {
  return {
    async spawn({ entry, arguments: arguments_ = [], environment = {} }) {
      const child = fork(entry, arguments_, {
        env: { ...withoutSecrets(process.env), ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
        serviceName: 'Impetus engine',
      });
      const exited = watchExit(child);
      const spawned = new Promise<undefined>((resolve) => child.once('spawn', () => resolve(undefined)));
      const early = await Promise.race([spawned, exited]);
      const { pid } = child;
      if (early || pid === undefined) throw new Error(early?.stderrTail || 'The engine process could not be started.');
      return toWorker(child, pid, exited);
    },
  };
}

function toWorker(child: UtilityChild, pid: number, exited: Promise<WorkerExit>): WorkerProcess {
  let isGone = false;
  void exited.then(() => (isGone = true));
  return {
    pid,
    exited,
    send(message) {
      // A child that is gone shows in `exited`; what was sent to it is lost either way.
      if (!isGone) child.postMessage(message);
    },
    onMessage(listener) {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
    kill() {
      // Electron's own `kill` asks politely; this is for children that do not listen any more.
      if (!isGone) process.kill(pid, 'SIGKILL');
    },
  };
}

function watchExit(child: UtilityChild): Promise<WorkerExit> {
  let stderrTail = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderrTail = (stderrTail + chunk.toString()).slice(-stderrTailLength);
  });
  return new Promise((resolve) => child.once('exit', (code) => resolve({ code, signal: null, stderrTail })));
}
