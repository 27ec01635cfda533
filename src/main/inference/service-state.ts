import { AppError } from '#shared/errors/app-error.ts';
import { Emitter } from '../base/index.ts';

export type ServicePhase = 'open' | 'paused' | 'stopping';

/** Whether requests for models are taken at all. */
export class ServiceState {
  #phase: ServicePhase = 'open';
  readonly #changed = new Emitter<void>();

  get phase(): ServicePhase {
    return this.#phase;
  }

  subscribe(listener: () => void): () => void {
    return this.#changed.subscribe(listener);
  }

  /** Also called when something else of the activity has changed. */
  announce(): void {
    this.#changed.emit();
  }

  /** There is no way back from `stopping`. */
  enter(phase: ServicePhase): void {
    if (this.#phase === 'stopping' || this.#phase === phase) return;
    this.#phase = phase;
    this.announce();
  }

  /** Throws `server-paused` or `shutting-down`. */
  requireOpen(): void {
    switch (this.#phase) {
      case 'open':
        return;
      case 'paused':
        throw new AppError('server-paused', 'Impetus is paused.', {
          hint: 'Resume it from the tray menu or the window.',
          data: { retryAfterSeconds: 5 },
        });
      case 'stopping':
        throw new AppError('shutting-down', 'Impetus is shutting down.', { data: { retryAfterSeconds: 5 } });
      default:
        this.#phase satisfies never;
    }
  }
}
