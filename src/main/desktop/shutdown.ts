export interface ShutdownSteps {
  /** Stops the server: drains and ends children. */
  stop: () => Promise<void>;
  /** Longest wait for `stop`, in ms; then the app ends all the same, with code 1. */
  limitMs: number;
  /** Ends the process at once. */
  exit: (code: number) => void;
  onProblem: (error: unknown) => void;
}

/**
 * The one ordered end of the app, for the tray, the keyboard, SIGTERM and the end of the session alike. Calling it
 * again joins the shutdown that runs already.
 */
export function createShutdown({ stop, limitMs, exit, onProblem }: ShutdownSteps): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= shutDown());

  async function shutDown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<number>((resolve) => (timer = setTimeout(() => resolve(1), limitMs)));
    const code = await Promise.race([stopped(), limit]);
    clearTimeout(timer);
    exit(code);
  }

  async function stopped(): Promise<number> {
    try {
      await stop();
      return 0;
    } catch (error) {
      onProblem(error);
      return 1;
    }
  }
}
