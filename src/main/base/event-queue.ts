import type { EventSource, ValueListener } from './event-source.ts';

interface Waiter<Value> {
  resolve: (result: IteratorResult<Value, undefined>) => void;
  reject: (error: unknown) => void;
}

interface Listening<Value> {
  onValue: ValueListener<Value>;
  /** In a call of `onValue`, or waiting for what it promised. */
  isBusy: boolean;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Read values are dropped from the front in blocks of this many. */
const trimAfter = 1024;

/**
 * A single-reader queue between a producer that pushes and a consumer that iterates. `push` never blocks; the producer
 * reads `size` to slow down. Leaving the loop, early or at the end, calls `onReturn` once. Written out instead of as an
 * async generator: every token of every stream passes here.
 */
export class EventQueue<Value> implements EventSource<Value> {
  #values: Value[] = [];
  /** Index of the next value to read. */
  #head = 0;
  #waiter: Waiter<Value> | undefined;
  #listening: Listening<Value> | undefined;
  #end: { error: unknown } | 'done' | undefined;
  #isLeft = false;
  readonly #onReturn: () => void;

  constructor(onReturn: () => void = () => undefined) {
    this.#onReturn = onReturn;
  }

  /** Values pushed and not yet read. */
  get size(): number {
    return this.#values.length - this.#head;
  }

  push(value: Value): void {
    if (this.#end) return;
    const waiter = this.#waiter;
    if (!waiter) {
      this.#values.push(value);
      return this.#handOver();
    }
    this.#waiter = undefined;
    waiter.resolve({ value, done: false });
  }

  /** No more values; the reader still gets those already pushed. */
  end(): void {
    this.#end ??= 'done';
    this.#settleWaiter();
    this.#handOver();
  }

  /** The reader gets the values already pushed, then the error. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#settleWaiter();
    this.#handOver();
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Value, undefined, undefined> {
    return {
      next: () => this.#next(),
      return: async () => this.#leave(),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  async forEach(onValue: ValueListener<Value>): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        this.#listening = { onValue, isBusy: false, resolve, reject };
        this.#handOver();
      });
    } finally {
      this.#listening = undefined;
      this.#leave();
    }
  }

  /** Gives the listener what is there, unless it is busy; then the end, when it has come. */
  #handOver(): void {
    const listening = this.#listening;
    if (!listening || listening.isBusy) return;
    listening.isBusy = true;
    try {
      while (this.size > 0) {
        const taken = listening.onValue(this.#take());
        if (taken) return this.#handOverAfter(taken, listening);
      }
    } catch (error) {
      return listening.reject(error);
    }
    listening.isBusy = false;
    if (this.#isLeft || this.#end === 'done') listening.resolve();
    else if (this.#end) listening.reject(this.#end.error);
  }

  #handOverAfter(taken: Promise<void>, listening: Listening<Value>): void {
    taken.then(() => {
      listening.isBusy = false;
      this.#handOver();
    }, listening.reject);
  }

  #next(): Promise<IteratorResult<Value, undefined>> {
    if (this.size > 0) return Promise.resolve({ value: this.#take(), done: false });
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      if (this.#end) this.#settleWaiter();
    });
  }

  #take(): Value {
    const value = this.#values[this.#head++] as Value;
    if (this.#head === this.#values.length) {
      this.#values.length = 0;
      this.#head = 0;
    } else if (this.#head === trimAfter) {
      this.#values = this.#values.slice(this.#head);
      this.#head = 0;
    }
    return value;
  }

  /** Nothing is left to read: the reader that waits gets the end, an error only once. */
  #settleWaiter(): void {
    const waiter = this.#waiter;
    if (!waiter) return;
    this.#waiter = undefined;
    const failure = this.#isLeft || this.#end === 'done' ? undefined : this.#end;
    const result = this.#leave();
    if (failure) waiter.reject(failure.error);
    else waiter.resolve(result);
  }

  #leave(): { value: undefined; done: true } {
    if (!this.#isLeft) {
      this.#isLeft = true;
      this.#values = [];
      this.#head = 0;
      this.#onReturn();
      this.end();
    }
    return { value: undefined, done: true };
  }
}
