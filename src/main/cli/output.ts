import { AppError } from '#shared/errors/app-error.ts';
import type { CliEnvironment } from './cli-environment.ts';

/** What a command says: text for people, or one JSON value as the last line for programs. */
export class Output {
  readonly isJson: boolean;
  readonly #environment: Pick<CliEnvironment, 'stdout' | 'stderr'>;
  readonly #lost = new AbortController();

  constructor(environment: Pick<CliEnvironment, 'stdout' | 'stderr'>, isJson: boolean) {
    this.#environment = environment;
    this.isJson = isJson;
    environment.stdout.on('error', (error) => this.#lost.abort(toWriteError(error)));
    environment.stderr.on('error', () => undefined);
  }

  /** Aborts when the output can be written no more; work for it is in vain then. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Why the output was lost; undefined when its reader just had enough, as `head` does. */
  get writeError(): AppError | undefined {
    return this.#lost.signal.reason instanceof AppError ? this.#lost.signal.reason : undefined;
  }

  /** The result: `text` for people, `value` with `--json`. */
  result(text: string, value: unknown): void {
    this.#environment.stdout.write(this.isJson ? `${JSON.stringify(value)}\n` : text);
  }

  /** Part of an answer as it comes; not shown with `--json`, where the result holds all of it. */
  stream(text: string): void {
    if (!this.isJson) this.#environment.stdout.write(text);
  }

  /** A remark for people only, beside the result. */
  note(text: string): void {
    this.#environment.stderr.write(`${text}\n`);
  }

  /** True when remarks may redraw their line. */
  get canRedraw(): boolean {
    return this.#environment.stderr.isTTY === true && !this.isJson;
  }

  /** Replaces the present line of the remarks; empty clears it. */
  redraw(text: string): void {
    if (this.canRedraw) this.#environment.stderr.write(`\r\u001b[2K${text}`);
  }

  /** Resolves when all that was said has left, or cannot. */
  async flush(): Promise<void> {
    const { stdout } = this.#environment;
    await new Promise<void>((resolve) => stdout.write('', () => setImmediate(resolve)));
  }

  error(error: AppError): void {
    const hint = error.hint === undefined ? '' : `\n${error.hint}`;
    this.#environment.stderr.write(`impetus: ${error.message}${hint}\n`);
    if (this.isJson) this.#environment.stdout.write(`${JSON.stringify({ error: error.toWire() })}\n`);
  }
}

function toWriteError(error: NodeJS.ErrnoException): AppError | 'reader-left' {
  if (error.code === 'EPIPE') return 'reader-left';
  const code = error.code === 'ENOSPC' ? 'disk-full' : 'internal';
  return new AppError(code, `The output cannot be written: ${error.message}`, { cause: error });
}
