export interface WriteJob {
  key: string;
  bytes: number;
}

export interface WriteQueueOptions<Job extends WriteJob> {
  /** Bytes that may wait; whoever adds more waits until there is room. */
  limitBytes: number;
  /** True when it is written. Never rejects. */
  write: (job: Job) => Promise<boolean>;
  /** Called when the queue no longer holds a job that could not be written. */
  onFailed: (job: Job) => void;
}

/** Writes one after the other, in their order, each key once. */
export class WriteQueue<Job extends WriteJob> {
  readonly #options: WriteQueueOptions<Job>;
  readonly #waiting = new Map<string, Job>();
  #current: Job | undefined;
  #running: Promise<void> | undefined;
  #bytes = 0;
  #room = Promise.withResolvers<void>();

  constructor(options: WriteQueueOptions<Job>) {
    this.#options = options;
  }

  /** Bytes that wait or are being written. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What waits or is being written. */
  get(key: string): Job | undefined {
    return this.#current?.key === key ? this.#current : this.#waiting.get(key);
  }

  /** Resolves when the job has its place; at once while the queue has room. */
  async add(job: Job): Promise<void> {
    while (!this.get(job.key) && !this.#hasRoom(job.bytes)) await this.#room.promise;
    if (this.get(job.key)) return;
    this.#waiting.set(job.key, job);
    this.#bytes += job.bytes;
    this.#running ??= this.#run();
  }

  /** Forgets what waits. What is being written goes on. */
  cancel(doesMatch: (job: Job) => boolean): void {
    for (const job of [...this.#waiting.values()]) {
      if (doesMatch(job)) this.#take(job);
    }
  }

  /** Resolves when nothing waits and nothing is being written. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    for (;;) {
      const [job] = this.#waiting.values();
      if (!job) break;
      this.#current = job;
      this.#waiting.delete(job.key);
      const isWritten = await this.#options.write(job);
      this.#current = undefined;
      this.#release(job);
      if (!isWritten) this.#options.onFailed(job);
    }
    this.#running = undefined;
  }

  #hasRoom(bytes: number): boolean {
    return this.#bytes === 0 || this.#bytes + bytes <= this.#options.limitBytes;
  }

  #take(job: Job): void {
    this.#waiting.delete(job.key);
    this.#release(job);
  }

  #release(job: Job): void {
    this.#bytes -= job.bytes;
    this.#room.resolve();
    this.#room = Promise.withResolvers();
  }
}
