import { PassThrough } from 'node:stream';
import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { createControlHandlers, createControlRouter } from '#main/api/control/index.ts';
import { runCli, type CliEnvironment, type CliHome, type ServeOptions } from '#main/cli/index.ts';
import { FakeControlApp } from './fake-control-app.ts';
import { createRecordedLogger } from './recorded-logger.ts';

export interface FakeCliOptions {
  app?: FakeControlApp;
  /** What is piped in; absent: a person at the keyboard. */
  piped?: string;
  environment?: Record<string, string>;
  /** The running Impetus of the home folder, if any. */
  home?: Partial<CliHome>;
  workingFolder?: string;
  /** Instead of serving. */
  startHeadless?: (options: ServeOptions) => Promise<number>;
  openInBrowser?: (url: string) => Promise<void>;
  /** Standard error is a terminal. */
  showsProgress?: boolean;
}

export interface CliResult {
  exitCode: number;
  stdout: string;
  stderr: string;
  /** The last line of the output as JSON. */
  json: unknown;
}

/** The CLI with everything it touches in memory; the app in this process is a `FakeControlApp`. */
export class FakeCli {
  readonly app: FakeControlApp;
  readonly stdin: PassThrough & { isTTY?: boolean };
  readonly stdout = new PassThrough();
  readonly stderr: PassThrough & { isTTY?: boolean } = new PassThrough();
  readonly openedUrls: string[] = [];
  readonly interrupts = new Set<() => void>();
  localStarts = 0;
  localStops = 0;
  readonly #options: FakeCliOptions;

  constructor(options: FakeCliOptions = {}) {
    this.#options = options;
    this.app = options.app ?? new FakeControlApp();
    this.stdin = new PassThrough();
    if (options.piped === undefined) this.stdin.isTTY = true;
    else this.stdin.end(options.piped);
    if (options.showsProgress) this.stderr.isTTY = true;
  }

  /** Ctrl-C or SIGTERM. */
  interrupt(): void {
    for (const listener of [...this.interrupts]) listener();
  }

  async run(...argv: string[]): Promise<CliResult> {
    const [stdout, stderr] = [gather(this.stdout), gather(this.stderr)];
    const exitCode = await runCli(this.#toEnvironment(argv));
    const text = stdout();
    return { exitCode, stdout: text, stderr: stderr(), json: parseLastLine(text) };
  }

  #toEnvironment(argv: string[]): CliEnvironment {
    const options = this.#options;
    return {
      argv,
      environment: options.environment ?? {},
      workingFolder: options.workingFolder ?? '/work',
      version: '0.1.0',
      stdin: this.stdin,
      stdout: this.stdout,
      stderr: this.stderr,
      fetch,
      openHome: (explicit) => ({
        folder: explicit ?? '/home/user/.impetus',
        findInstance: async () => undefined,
        readControlToken: async () => undefined,
        ...options.home,
      }),
      startHeadless: options.startHeadless ?? (async () => 0),
      createLocalApp: async () => this.#createLocalApp(),
      openInBrowser: async (url) => {
        this.openedUrls.push(url);
        await options.openInBrowser?.(url);
      },
      onInterrupt: (listener) => {
        this.interrupts.add(listener);
        return () => this.interrupts.delete(listener);
      },
    };
  }

  async #createLocalApp() {
    this.localStarts += 1;
    const { logger } = createRecordedLogger();
    const router = createControlRouter({ handlers: createControlHandlers(this.app), logger, signalIntervalMs: 5 });
    return {
      client: createControlClient(createMemoryTransport(router)),
      stop: async () => {
        this.localStops += 1;
      },
    };
  }
}

function gather(stream: PassThrough): () => string {
  let text = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => (text += chunk));
  return () => text;
}

function parseLastLine(text: string): unknown {
  try {
    return JSON.parse(text.trimEnd().split('\n').at(-1) ?? '') as unknown;
  } catch {
    return undefined;
  }
}
