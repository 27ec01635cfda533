import type { Tool } from '#shared/domain/chat.ts';
import { beginningsOf, markersOf as reasoningMarkersOf } from '../reasoning-markers.ts';
import {
  accept,
  acceptLoosely,
  acceptOne,
  AnswerInput,
  isSpace,
  peekUnit,
  type Reading,
  readUntil,
} from './answer-input.ts';
import { type AnswerEvent, CallWriter } from './call-writer.ts';
import { type AnswerPiece, ControlAlphabet, holdsControl } from './control-alphabet.ts';
import { createCallReader, type CallReader, type CallMarker } from './readers/call-reader.ts';
import type { ReasoningSyntax, ToolCallSyntax } from './syntax.ts';

export interface AnswerParserOptions {
  syntax: ToolCallSyntax;
  reasoning?: ReasoningSyntax | undefined;
  /** Calls of other tools, and all calls where there are none, are text. */
  tools: readonly Tool[];
  /** Texts of the vocabulary's control tokens: a marker that is one counts only when it came as that token. */
  controlTexts?: Iterable<string>;
  /** What the prompt already began of the answer (`findPrimer`). */
  primer?: string;
}

/**
 * Takes an answer apart while it is generated: text, reasoning, tool calls. Fed piece by piece, it gives the same
 * events however the answer is cut, holds text back only while it may be part of a marker, and loses nothing: what
 * looks like a call but is none becomes text.
 */
export class AnswerParser {
  readonly #input = new AnswerInput();
  readonly #alphabet: ControlAlphabet;
  readonly #writer: CallWriter;
  readonly #calls: CallReader | undefined;
  readonly #silent: readonly string[];
  readonly #reasoning: { beginnings: string[]; end: string } | undefined;
  readonly #reading: Reading<void>;

  constructor({ syntax, reasoning, tools, controlTexts = [], primer = '' }: AnswerParserOptions) {
    this.#alphabet = new ControlAlphabet(controlTexts, markersOf(syntax, reasoning));
    const decode = (text: string) => this.#alphabet.decode(text);
    const encode = (text: string) => this.#alphabet.encodeMarker(text);
    this.#writer = new CallWriter(tools, decode);
    const context = { input: this.#input, writer: this.#writer, decode };
    this.#calls = tools.length > 0 ? createCallReader(syntax.form, { context, encode }) : undefined;
    this.#silent = expandNames(syntax.silent ?? [], tools).map(encode);
    this.#reasoning = reasoning && { beginnings: beginningsOf(reasoning, this.#alphabet), end: encode(reasoning.end) };
    this.#input.push(encode(primer));
    this.#reading = this.#readAnswer(encode(primer));
    this.#reading.next();
  }

  push(piece: AnswerPiece): AnswerEvent[] {
    this.#input.push(this.#alphabet.encodePiece(piece));
    this.#reading.next();
    return this.#writer.takeEvents();
  }

  /** The answer is over: what was held back, and how a call that is still open ended. */
  finish(): AnswerEvent[] {
    this.#input.end();
    this.#reading.next();
    this.#writer.finish();
    return this.#writer.takeEvents();
  }

  *#readAnswer(primer: string): Reading<void> {
    yield* this.#dropRepeated(primer);
    let isAtStart = true;
    while (!(this.#input.isEnded && this.#input.isEmpty)) {
      if (isAtStart && (yield* this.#readStart())) continue;
      isAtStart = yield* this.#readText();
    }
  }

  /** Models repeat what the prompt already began: once is enough. */
  *#dropRepeated(primer: string): Reading<void> {
    if (primer === '') return;
    this.#input.record();
    this.#input.take(primer.length);
    const isRepeated = yield* accept(this.#input, primer);
    this.#input.rewind();
    if (isRepeated) this.#input.take(primer.length);
  }

  /** What only counts where an answer, or a part of it, begins: reasoning, and calls without a marker. */
  *#readStart(): Reading<boolean> {
    while (isSpace(yield* peekUnit(this.#input))) this.#writer.writeText('text', this.#input.take(1));
    if (this.#reasoning && (yield* acceptOne(this.#input, this.#reasoning.beginnings))) {
      yield* this.#readReasoning(this.#reasoning.end);
      return true;
    }
    const bare = this.#calls?.markers.find(({ first }) => first === '');
    return bare !== undefined && (yield* peekUnit(this.#input)) === '{' && (yield* this.#tryCall(bare, ''));
  }

  /** Text up to the next marker; true where a new part of the answer begins behind it. */
  *#readText(): Reading<boolean> {
    const markers = this.#calls?.markers.filter(({ first }) => first !== '') ?? [];
    const openings = this.#reasoning?.beginnings.filter(holdsControl) ?? [];
    const found = yield* readUntil(this.#input, {
      texts: [...markers.map(({ first }) => first), ...openings, ...this.#silent],
      onText: (text) => this.#writer.writeText('text', text),
    });
    if (found === undefined) return false;
    const marker = markers.find(({ first }) => first === found);
    if (marker) return yield* this.#tryCall(marker, found);
    this.#writer.endPart();
    if (openings.includes(found)) yield* this.#readReasoning(this.#reasoning?.end ?? '');
    return true;
  }

  /** A call's control token ends reasoning that was left open. */
  *#readReasoning(end: string): Reading<void> {
    const markers = this.#calls?.markers.filter(({ first }) => holdsControl(first)) ?? [];
    const onText = (text: string) => this.#writer.writeText('reasoning', text);
    const found = yield* readUntil(this.#input, { texts: [end, ...markers.map(({ first }) => first)], onText });
    const marker = found === end ? undefined : markers.find(({ first }) => first === found);
    if (marker && found !== undefined) yield* this.#tryCall(marker, found);
    else if (found !== undefined) this.#writer.endPart();
  }

  /** Reads the calls behind a marker. Where none stands, the marker is text, and reading goes on behind it. */
  *#tryCall(marker: CallMarker, before: string): Reading<boolean> {
    const unread = this.#input;
    const calls = this.#writer.callCount;
    unread.record(before);
    const isRead = (yield* acceptLoosely(unread, marker.rest)) && (yield* marker.read());
    if (this.#writer.isCallOpen) this.#closeBrokenCall();
    else if (isRead || this.#writer.callCount > calls) unread.rewind();
    else this.#giveBack();
    return this.#writer.callCount > calls;
  }

  #closeBrokenCall(): void {
    const unread = this.#input;
    if (this.#writer.areArgumentsComplete) this.#writer.endCall();
    else if (!unread.hasRunOut) this.#writer.breakCall('malformed', unread.recorded);
    else {
      unread.take(unread.available);
      this.#writer.breakCall('truncated', unread.recorded);
    }
    unread.forget();
  }

  #giveBack(): void {
    this.#input.rewind();
    this.#writer.writeText('text', this.#input.take(1));
  }
}

/** All texts of a syntax that may be control tokens, or hold some. */
export function markersOf(syntax: ToolCallSyntax, reasoning: ReasoningSyntax | undefined): string[] {
  return [...textsIn(syntax.form), ...(syntax.silent ?? []), ...(reasoning ? reasoningMarkersOf(reasoning) : [])];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Frames that name the tool stand for one text per tool. */
function expandNames(texts: readonly string[], tools: readonly Tool[]): string[] {
  return texts.flatMap((text) =>
    text.includes('{name}') ? tools.map(({ name }) => text.replace('{name}', name)) : text,
  );
}
