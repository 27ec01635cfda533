import path from 'node:path';
import type { Engine } from '#main/engine-port/index.ts';
import { createNodeWorkerHost, type WorkerHost, type WorkerProcess } from '#main/base/index.ts';
import { createChildHost, type ChildHostOptions } from '#main/engines/index.ts';
import type { ScriptedEntryOptions } from './scripted-engine-entry.ts';

/** The Node worker host with a list of what it started. */
export function createTracedWorkerHost(): WorkerHost & { readonly workers: WorkerProcess[] } {
  const inner = createNodeWorkerHost();
  const workers: WorkerProcess[] = [];
  return {
    workers,
    async spawn(options) {
      const worker = await inner.spawn(options);
      workers.push(worker);
      return worker;
    },
  };
}

export interface ScriptedChildOptions extends Partial<Omit<ChildHostOptions, 'entry'>> {
  script?: ScriptedEntryOptions;
}

/** The scripted engine behind the child host: real processes, no weights. */
export function createScriptedChildHost({ script = {}, ...options }: ScriptedChildOptions = {}): Engine {
  return createChildHost({
    workerHost: createNodeWorkerHost(),
    engineName: 'scripted',
    entry: path.resolve(import.meta.dirname, 'scripted-engine-entry.ts'),
    environment: { IMPETUS_SCRIPTED_ENGINE: JSON.stringify(script) },
    ...options,
  });
}

/** True while a process with that id exists (a zombie counts). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
