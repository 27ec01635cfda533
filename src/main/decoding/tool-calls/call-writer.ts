import type { Tool } from '#shared/domain/chat.ts';
import { isSpace } from './answer-input.ts';

export type AnswerEvent =
  | { type: 'text'; text: string }
  | { type: 'reasoning'; text: string }
  /** `index` counts the calls of the answer from 0. */
  | { type: 'call-start'; index: number; name: string }
  /** A piece of the arguments' JSON text. */
  | { type: 'call-arguments'; index: number; delta: string }
  | {
      type: 'call-end';
      index: number;
      /** `truncated`: the answer ended inside the arguments. `malformed`: they are not what the syntax allows. */
      status: 'complete' | 'truncated' | 'malformed';
      /** Unless complete: the call as the model wrote it. */
      source?: string;
    };

/** Collects the events of an answer; joins neighbours of one kind and keeps white space between the parts out. */
export class CallWriter {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #decode: (text: string) => string;
  #events: AnswerEvent[] = [];
  #nextIndex = 0;
  #isCallOpen = false;
  #areArgumentsComplete = false;
  /** White space at the end of the text so far: it counts only when text follows. */
  #space = '';
  #dropsSpace = false;
  #kind: 'text' | 'reasoning' = 'text';

  constructor(tools: readonly Tool[], decode: (text: string) => string) {
    this.#tools = new Map(tools.map((tool) => [tool.name, tool]));
    this.#decode = decode;
  }

  get isCallOpen(): boolean {
    return this.#isCallOpen;
  }

  get callCount(): number {
    return this.#nextIndex;
  }

  findTool(name: string): Tool | undefined {
    return this.#tools.get(name);
  }

  get hasTools(): boolean {
    return this.#tools.size > 0;
  }

  writeText(kind: 'text' | 'reasoning', encoded: string): void {
    if (kind !== this.#kind) this.#beginPart(kind);
    const text = this.#decode(encoded);
    const body = this.#dropsSpace ? text.replace(/^[ \t\r\n]+/, '') : text;
    if (body === '') return;
    this.#dropsSpace = false;
    const end = endOfWords(body);
    if (end > 0) this.#push({ type: kind, text: this.#space + body.slice(0, end) });
    this.#space = end > 0 ? body.slice(end) : this.#space + body;
  }

  /** White space between what came and what follows is no content. */
  endPart(): void {
    this.#beginPart('text');
  }

  /** False when there is no such tool; then nothing has happened. */
  startCall(name: string): boolean {
    if (!this.#tools.has(name)) return false;
    this.#beginPart('text');
    this.#push({ type: 'call-start', index: this.#nextIndex, name });
    this.#isCallOpen = true;
    this.#areArgumentsComplete = false;
    this.#nextIndex++;
    return true;
  }

  /** The arguments are a whole value now; what follows cannot spoil the call. */
  completeArguments(): void {
    this.#areArgumentsComplete = true;
  }

  get areArgumentsComplete(): boolean {
    return this.#areArgumentsComplete;
  }

  writeArguments(encoded: string): void {
    if (encoded === '') return;
    this.#push({ type: 'call-arguments', index: this.#nextIndex - 1, delta: this.#decode(encoded) });
  }

  endCall(): void {
    this.#isCallOpen = false;
    this.#push({ type: 'call-end', index: this.#nextIndex - 1, status: 'complete' });
  }

  breakCall(status: 'truncated' | 'malformed', source: string): void {
    this.#isCallOpen = false;
    this.#push({ type: 'call-end', index: this.#nextIndex - 1, status, source: this.#decode(source) });
  }

  takeEvents(): AnswerEvent[] {
    return this.#events.splice(0);
  }

  /** The answer is over: white space at its end belongs to it. */
  finish(): void {
    if (this.#space !== '') this.#push({ type: this.#kind, text: this.#space });
    this.#space = '';
  }

  #beginPart(kind: 'text' | 'reasoning'): void {
    this.#dropsSpace = true;
    this.#space = '';
    this.#kind = kind;
  }

  #push(event: AnswerEvent): void {
    const last = this.#events.at(-1);
    if ((event.type === 'text' || event.type === 'reasoning') && last?.type === event.type) last.text += event.text;
    else if (event.type === 'call-arguments' && last?.type === 'call-arguments') last.delta += event.delta;
    else this.#events.push(event);
  }
}

/** Length without the white space at the end. */
function endOfWords(text: string): number {
  let end = text.length;
  while (end > 0 && isSpace(text.charAt(end - 1))) end--;
  return end;
}
