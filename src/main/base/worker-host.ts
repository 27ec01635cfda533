/** A child process that speaks plain-data messages. */
export interface WorkerProcess {
  readonly pid: number;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): () => void;
  /**
   * What the child writes to the pipe whose number it finds in `sidePipeVariable`: a cheaper way than messages for what
   * comes with every token. For one listener, whose bytes change when it returns. Absent where the host cannot give a
   * pipe.
   */
  readonly onBytes?: (listener: (bytes: Buffer) => void) => void;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<WorkerExit>;
  /** Ends it at once (SIGKILL or the platform's equal). */
  kill(): void;
}

export interface WorkerExit {
  code: number | null;
  signal: string | null;
  /** The last lines of its standard error, for the error message and the log. */
  stderrTail: string;
}

/** Environment variable that tells a child its side pipe; unset where there is none. */
export const sidePipeVariable = 'IMPETUS_SIDE_PIPE';

export interface SpawnOptions {
  /** Absolute path of the module to run. */
  entry: string;
  arguments?: string[];
  /** Added to the parent's environment. */
  environment?: Record<string, string>;
}

/**
 * Starts child processes. Given by the shell: `utilityProcess` in a packaged desktop app, `child_process.fork`
 * elsewhere (`node-worker-host.ts`).
 */
export interface WorkerHost {
  spawn(options: SpawnOptions): Promise<WorkerProcess>;
}
