import type { EngineInstance } from '../engine-port/index.ts';

/** The right to use a loaded model for one request. While it is held the model is not unloaded to make room. */
export interface Lease extends Disposable {
  readonly instance: EngineInstance;
  /** Gives it back; later calls do nothing. */
  release(): void;
}

export function createLease(instance: EngineInstance, onRelease: () => void): Lease {
  let isReleased = false;
  const release = (): void => {
    if (isReleased) return;
    isReleased = true;
    onRelease();
  };
  return { instance, release, [Symbol.dispose]: release };
}
