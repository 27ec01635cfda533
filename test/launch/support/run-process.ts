import { spawn, type SpawnOptions } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';

export interface RunningProcess {
  pid: number;
  stdout(): string;
  stderr(): string;
  /** Exit code, or the signal's name. */
  exited: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
  /** Resolves with the first match in standard output; fails after 120 s or when the process ends before. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts a command in its own process group, of which nothing is left when the test ends. */
export function runProcess(command: string, commandArguments: string[], options: SpawnOptions = {}): RunningProcess {
  const child = spawn(command, commandArguments, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command} could not be started`);
  let stdout = '';
  let stderr = '';
  let hasEnded = false;
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exited = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      hasEnded = true;
      resolve(code ?? signal ?? -1);
    });
  });
  onTestFinished(() => {
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // The group has ended already.
    }
  });
  return {
    pid,
    stdout: () => stdout,
    stderr: () => stderr,
    exited,
    kill: (signal) => void process.kill(pid, signal),
    async waitFor(pattern) {
      for (const deadline = Date.now() + 120_000; Date.now() < deadline; await sleep(20)) {
        const match = pattern.exec(stdout);
        if (match) return match;
        if (hasEnded) break;
      }
      throw new Error(`no ${String(pattern)} in:\n${stdout}\n${stderr}`);
    },
  };
}

/** The ids of the processes of one group that still run (Linux). */
export function processesOfGroup(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      const fields = readStat(name);
      return fields !== undefined && Number(fields[2]) === group && fields[0] !== 'Z';
    })
    .map(Number);
}

/** State, parent, group … of /proc/PID/stat. */
function readStat(pid: string): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}
