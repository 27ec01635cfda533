import { fork, type ChildProcess } from 'node:child_process';
import { readPipe } from './read-pipe.ts';
import {
  sidePipeVariable,
  type SpawnOptions,
  type WorkerExit,
  type WorkerHost,
  type WorkerProcess,
} from './worker-host.ts';

export interface NodeWorkerHostOptions {
  /** Node binary that runs the children; default: the one that runs this process. */
  execPath?: string;
  /** Flags for that binary; default none (the parent's own flags are not passed on). */
  execArguments?: string[];
}

/** How much of a child's standard error is kept for messages, in characters. */
const stderrTailLength = 4000;

/** Variables a child has no use for: it makes no outbound call and keeps no secrets. */
const secretVariable = /(TOKEN|SECRET|PASSWORD|API_?KEY)$/i;

/** Place of the side pipe in `stdio`, and so its number in the child. */
const sidePipe = 4;

/** Children as plain Node processes. Their standard output is dropped, the end of their standard error kept. */
export function createNodeWorkerHost(options: NodeWorkerHostOptions = {}): WorkerHost {
  return { spawn: (request) => spawnWorker(request, options) };
}

async function spawnWorker(
  { entry, arguments: arguments_ = [], environment = {} }: SpawnOptions,
  { execPath = process.execPath, execArguments = [] }: NodeWorkerHostOptions,
): Promise<WorkerProcess> {
  const child = fork(entry, arguments_, {
    execPath,
    execArgv: execArguments,
    env: { ...withoutSecrets(process.env), [sidePipeVariable]: String(sidePipe), ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
    serialization: 'json',
  });
  const exited = watchExit(child);
  const { pid } = child;
  const bytes = child.stdio[sidePipe];
  // A pipe that breaks shows in `exited`.
  bytes?.on('error', () => undefined);
  if (pid === undefined) throw new Error((await exited).stderrTail);
  return {
    pid,
    exited,
    send(message) {
      // A child that is gone shows in `exited`; what was sent to it is lost either way.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage(listener) {
      child.on('message', listener);
      return () => child.off('message', listener);
    },
    onBytes: (listener) => bytes && readPipe(bytes, listener),
    kill: () => void child.kill('SIGKILL'),
  };
}

/** A grandchild may hold standard error open; its last lines are waited for no longer than this. */
const stderrGraceMs = 250;

function watchExit(child: ChildProcess): Promise<WorkerExit> {
  let stderrTail = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderrTail = (stderrTail + text).slice(-stderrTailLength);
  });
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      const report = (): void => resolve({ code, signal, stderrTail });
      child.once('close', report);
      setTimeout(report, stderrGraceMs).unref();
    });
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ code: null, signal: null, stderrTail: error.message });
    });
  });
}

/** The environment without what looks like a key or a password. */
export function withoutSecrets(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !secretVariable.test(name)));
}
