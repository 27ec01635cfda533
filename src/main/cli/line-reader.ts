import { createInterface, type Interface } from 'node:readline';
import type { CliInput, CliOutput } from './cli-environment.ts';

export type Line =
  | { type: 'text'; text: string }
  /** Ctrl-C; `hadText`: it cleared what was typed. */
  | { type: 'interrupt'; hadText: boolean }
  | { type: 'end' };

/** Reads a terminal line by line, with editing and history; Ctrl-C is a line of its own kind. */
export class LineReader {
  readonly #readline: Interface;
  readonly #lines: Line[] = [];
  #wake = () => {};
  #interruptListener: (() => void) | undefined;

  constructor(input: CliInput, output: CliOutput) {
    this.#readline = createInterface({ input, output, terminal: true, historySize: 200 });
    this.#readline.on('line', (text) => this.#push({ type: 'text', text }));
    this.#readline.on('close', () => this.#push({ type: 'end' }));
    this.#readline.on('SIGINT', () => this.#interrupt());
  }

  async read(prompt: string): Promise<Line> {
    this.#readline.setPrompt(prompt);
    this.#readline.prompt();
    for (;;) {
      const line = this.#lines.shift();
      if (line) return line;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** While `work` runs, Ctrl-C aborts its signal instead of becoming a line. */
  async interruptible<Result>(work: (abort: AbortSignal) => Promise<Result>): Promise<Result> {
    const controller = new AbortController();
    this.#interruptListener = () => controller.abort();
    try {
      return await work(controller.signal);
    } finally {
      this.#interruptListener = undefined;
    }
  }

  /** A request to end from outside counts as the end of the input. */
  end(): void {
    this.#interruptListener?.();
    this.close();
  }

  close(): void {
    this.#readline.close();
  }

  #interrupt(): void {
    if (this.#interruptListener) return this.#interruptListener();
    const hadText = this.#readline.line !== '';
    this.#readline.write(null, { ctrl: true, name: 'e' });
    this.#readline.write(null, { ctrl: true, name: 'u' });
    this.#push({ type: 'interrupt', hadText });
  }

  #push(line: Line): void {
    this.#lines.push(line);
    this.#wake();
  }
}
