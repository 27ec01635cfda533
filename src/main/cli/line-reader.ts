import { createInterface, type Interface } from 'node:readline';
import type { CliInput, CliOutput } from './cli-environment.ts';

export type Line =
  | { type: 'text'; text: string }
  /** Ctrl-C; `hadText`: it cleared what was typed. */
  | { type: 'interrupt'; hadText: boolean }
  | { type: 'end' };

/** Nobody types lines this fast: they were pasted, and belong together. In ms. */
const pasteGapMs = 20;

/**
 * Reads what a person enters at a terminal, with editing and history. Pasted lines come as one text; Ctrl-C comes as an
 * entry of its own kind.
 */
export class LineReader {
  readonly #readline: Interface;
  readonly #entries: { line: Line; at: number }[] = [];
  #wake = () => {};
  #interruptListener: (() => void) | undefined;

  constructor(input: CliInput, output: CliOutput) {
    this.#readline = createInterface({ input, output, terminal: true, historySize: 200 });
    this.#readline.on('line', (text) => this.#addText(text));
    this.#readline.on('close', () => this.#add({ type: 'end' }));
    this.#readline.on('SIGINT', () => this.#interrupt());
  }

  async read(prompt: string): Promise<Line> {
    this.#readline.setPrompt(prompt);
    this.#readline.prompt();
    for (;;) {
      const [entry] = this.#entries;
      const waitMs = entry?.line.type === 'text' ? entry.at + pasteGapMs - performance.now() : 0;
      if (!entry) await new Promise<void>((resolve) => (this.#wake = resolve));
      else if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      else {
        this.#entries.shift();
        return entry.line;
      }
    }
  }

  /** While `work` runs, Ctrl-C aborts its signal instead of becoming an entry. */
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
    this.#add({ type: 'interrupt', hadText });
  }

  #addText(text: string): void {
    const last = this.#entries.at(-1);
    if (last?.line.type !== 'text' || performance.now() - last.at >= pasteGapMs) {
      this.#add({ type: 'text', text });
      return;
    }
    last.line.text += `\n${text}`;
    last.at = performance.now();
  }

  #add(line: Line): void {
    this.#entries.push({ line, at: performance.now() });
    this.#wake();
  }
}
