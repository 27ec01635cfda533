import type { ModelState } from '#shared/domain/model.ts';
import type { AppError } from '#shared/errors/app-error.ts';
import { judgeRestart, shouldQuarantine, type Crash, type RestartVerdict } from './restart-policy.ts';

type FailedState = Extract<ModelState, { state: 'failed' }>;

interface Record {
  crashes: Crash[];
  failure: FailedState | undefined;
  /** The library confirmed the quarantine; when it is lifted, the past is forgotten. */
  wasQuarantined: boolean;
}

/** What went wrong with each model in this run. */
export class CrashHistory {
  readonly #records = new Map<string, Record>();

  /** The newest failure of every model that has one. */
  failures(): [string, FailedState][] {
    return [...this.#records].flatMap(([id, { failure }]) => (failure ? [[id, failure] as [string, FailedState]] : []));
  }

  recordFailure(modelId: string, { code, message }: AppError): void {
    this.#of(modelId).failure = { state: 'failed', code, message };
  }

  /** Returns true when the file has now crashed often enough for quarantine. */
  recordCrash(modelId: string, crash: Crash): boolean {
    const record = this.#of(modelId);
    record.crashes.push(crash);
    return shouldQuarantine(record.crashes, crash.at);
  }

  judgeRestart(modelId: string, now: number): RestartVerdict {
    return judgeRestart(this.#of(modelId).crashes, now);
  }

  noteQuarantine(modelId: string, isQuarantined: boolean): void {
    const record = this.#of(modelId);
    if (!isQuarantined && record.wasQuarantined) record.crashes = [];
    record.wasQuarantined = isQuarantined;
  }

  clearFailure(modelId: string): void {
    this.#of(modelId).failure = undefined;
  }

  #of(modelId: string): Record {
    let record = this.#records.get(modelId);
    if (!record) this.#records.set(modelId, (record = { crashes: [], failure: undefined, wasQuarantined: false }));
    return record;
  }
}
