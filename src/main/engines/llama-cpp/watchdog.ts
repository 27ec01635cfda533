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
  #deadline: number | undefined;

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  /** A step begins; it may take `patience` times the limit. */
  begin(patience: number): void {
    this.#deadline = performance.now() + patience * this.#options.limitMs;
    this.#timer ??= setInterval(() => this.#check(), this.#options.limitMs / 4).unref();
  }

  /** The step came back. */
  end(): void {
    this.#deadline = undefined;
  }

  /** No further steps for now. */
  rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#deadline = undefined;
  }

  #check(): void {
    if (this.#deadline === undefined || performance.now() < this.#deadline) return;
    this.#deadline = undefined;
    this.#options.onStall();
  }
}
