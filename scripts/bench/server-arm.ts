import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCpuSeconds } from './process-tree.ts';

export interface ArmOptions {
  /** As the table names it. */
  name: string;
  command: string;
  commandArguments: string[];
  cwd?: string;
  port: number;
  environment?: Record<string, string>;
  /** Processor the whole tree is bound to; unset leaves it to the system. */
  core?: number | undefined;
}

/** A server that stays in memory for a whole run, so that arms meet under the same conditions. */
export interface Arm {
  name: string;
  url: string;
  pid: number;
  commandLine: string;
  /** From spawning to the first good answer of /health, in ms. */
  healthMs: number;
  cpuSeconds(): number;
  stop(): Promise<void>;
}

const startLimitMs = 120_000;
const running = new Set<ChildProcess>();
// Whatever ends the bench, its servers end too.
process.once('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/** Starts a server and waits until it is healthy. Its output is kept for the error message. */
export async function startArm(options: ArmOptions): Promise<Arm> {
  const { name, port, cwd, environment = {}, core } = options;
  const pinned = core === undefined ? [] : ['taskset', '-c', String(core)];
  const [command = '', ...rest] = [...pinned, options.command, ...options.commandArguments];
  const startedAt = performance.now();
  const child = spawn(command, rest, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4000)));
  }
  const url = `http://127.0.0.1:${port}`;
  try {
    await untilHealthy(child, url);
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`${name} did not start: ${output}`, { cause: error });
  }
  const pid = child.pid ?? 0;
  return {
    ...{ name, url, pid },
    commandLine: [options.command, ...options.commandArguments].join(' '),
    healthMs: performance.now() - startedAt,
    cpuSeconds: () => readCpuSeconds(pid),
    stop: () => stop(child),
  };
}

async function untilHealthy(child: ChildProcess, url: string): Promise<void> {
  const deadline = performance.now() + startLimitMs;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`It ended with code ${child.exitCode}.`);
    const response = await fetch(`${url}/health`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(5);
  }
  throw new Error('It was not healthy in time.');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await exited;
  clearTimeout(timer);
}
