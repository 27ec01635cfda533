import { useEffect, useRef, useState } from 'react';
import type { PassportCheckId, PassportEvent } from '#shared/domain/passport.ts';
import { toAppError, type AppError } from '#shared/errors/app-error.ts';
import { useControl } from '../../control/control-context.ts';

/** A test that runs. */
export interface TestProgress {
  model: string;
  /** Checks there are. */
  total: number;
  /** Checks that are over. */
  done: number;
  current: PassportCheckId | undefined;
  waitsFor: Extract<PassportEvent, { type: 'wait' }>['reason'] | undefined;
}

export interface ModelTest {
  progress: TestProgress | undefined;
  failure: { model: string; error: AppError } | undefined;
  start: (model: string) => void;
  /** What was found out stays. */
  cancel: () => void;
  clearFailure: () => void;
}

/** The test of one model at a time. Leaving the page ends it, and keeps what it found. */
export function useModelTest(): ModelTest {
  const { client } = useControl();
  const [progress, setProgress] = useState<TestProgress>();
  const [failure, setFailure] = useState<ModelTest['failure']>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);

  async function run(model: string): Promise<void> {
    const controller = new AbortController();
    running.current = controller;
    setFailure(undefined);
    setProgress({ model, total: 0, done: 0, current: undefined, waitsFor: undefined });
    try {
      for await (const event of client.channel('passports.test', { model }, controller.signal)) {
        setProgress((before) => before && advance(before, event));
      }
    } catch (thrown) {
      const error = toAppError(thrown);
      if (error.code !== 'cancelled') setFailure({ model, error });
    } finally {
      if (running.current === controller) {
        running.current = undefined;
        setProgress(undefined);
      }
    }
  }

  return {
    progress,
    failure,
    start: (model) => {
      if (!running.current) void run(model);
    },
    cancel: () => running.current?.abort(),
    clearFailure: () => setFailure(undefined),
  };
}

function advance(progress: TestProgress, event: PassportEvent): TestProgress {
  switch (event.type) {
    case 'start':
      return { ...progress, total: event.checks.length };
    case 'wait':
      return { ...progress, waitsFor: event.reason };
    case 'check-start':
      return { ...progress, current: event.id, waitsFor: undefined };
    case 'check':
      // A check that goes on tells its findings again.
      return {
        ...progress,
        done: Math.min(progress.total, progress.done + 1),
        current: event.check.id,
        waitsFor: undefined,
      };
    case 'finish':
      return { ...progress, done: progress.total };
    default:
      return event satisfies never;
  }
}
