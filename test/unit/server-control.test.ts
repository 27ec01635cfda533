import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { ModelState } from '#shared/domain/model.ts';
import type { Activity } from '#main/inference/index.ts';
import { ServerControl } from '#main/server-control.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function createControl() {
  const activity: Activity = { phase: 'open', activeRequests: 0, queuedRequests: 0, tokensPerSecond: 0 };
  const listeners: (() => void)[] = [];
  const states = new Map<string, ModelState>();
  const control = new ServerControl({
    facts: { version: '1.0.0', home: '/home', startedAt: '2026-01-01T00:00:00.000Z' },
    inference: {
      activity: () => activity,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
      pause: () => (activity.phase = 'paused'),
      resume: () => (activity.phase = 'open'),
    },
    scheduler: { states: () => states, unload: async () => undefined, onChange: () => () => undefined },
    readMemory: () => ({ totalBytes: 8, availableBytes: 4 }),
    onShutdown: () => undefined,
  });
  const setActive = (activeRequests: number): void => {
    activity.activeRequests = activeRequests;
    for (const listener of listeners) listener();
  };
  return { control, activity, setActive };
}

test('the phase is the most urgent thing to know', () => {
  const { control, setActive } = createControl();
  expect(control.state().phase).toBe('starting');
  control.markStarted();
  expect(control.state().phase).toBe('ready');
  setActive(1);
  expect(control.state().phase).toBe('busy');
  control.setProblem('The default model is gone.');
  expect(control.state()).toMatchObject({ phase: 'problem', problem: 'The default model is gone.' });
  setActive(0);
});

test('the rate is told twice a second while requests run, and not any more afterwards', () => {
  const { control, setActive } = createControl();
  let changes = 0;
  control.subscribe(() => changes++);
  setActive(1);
  vi.advanceTimersByTime(2000);
  expect(changes).toBe(5);
  setActive(0);
  vi.advanceTimersByTime(2000);
  expect(changes).toBe(6);
});

test('the address is empty until the server listens', () => {
  const { control } = createControl();
  expect(control.state()).toMatchObject({ baseUrl: '', port: 0 });
  control.setAddress(11535);
  expect(control.state()).toMatchObject({ baseUrl: 'http://127.0.0.1:11535', port: 11535 });
});
