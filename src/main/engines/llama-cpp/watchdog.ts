export interface WatchdogOptions {
  /** How long one step may take, in ms. */
  limitMs: number;
  /** Called once per step that takes longer. */
  onStall: () => void;
}

/** Notices a native step that does not come back. One timer for all steps; none while nothing runs. */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #timer: NodeJS.Timeout | undefined;
  #startedAt: number | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A step begins. */
  begin(): void {
    this.#startedAt = performance.now();
    this.#timer ??= setInterval(() => this.#check(), this.#options.limitMs / 4).unref();
  }

  /** The step came back. */
  end(): void {
    this.#startedAt = undefined;
  }

  /** No further steps for now. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#startedAt = undefined;
  }

  #check(): void {
    if (this.#startedAt === undefined || performance.now() - this.#startedAt < this.#options.limitMs) return;
    this.#startedAt = undefined;
    this.#options.onStall();
  }
}
