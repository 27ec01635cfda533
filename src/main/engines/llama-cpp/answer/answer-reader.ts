import type { DecodeProgram } from '#shared/domain/decode-program.ts';
import type { GenerationEvent, TokenProbability } from '#shared/domain/generation.ts';
import { AnswerParser, DecodeRun, type AnswerEvent, type AnswerParserOptions } from '../../../decoding/index.ts';
import type { TokenPieces } from '../token-pieces.ts';
import { createCallId } from './call-id.ts';
import { TokenLedger, type ReportedTokens } from './token-ledger.ts';

export interface AnswerReaderOptions {
  program: Pick<DecodeProgram, 'stops'>;
  pieces: Pick<TokenPieces, 'ofAnswer'>;
  /** How thinking and calls are told from text. Default: all is text. */
  parser?: AnswerParserOptions | undefined;
  /** The text of a token that is one of the parser's control texts; undefined for all others. */
  controlTextOf?: (token: number) => string | undefined;
}

export interface ReadEvents {
  events: GenerationEvent[];
  /** Set when a stop text was reached: the answer is over. */
  stopText?: string;
}

/**
 * What the tokens of an answer say, as events: text, thinking and tool calls, each piece as soon as it is certain.
 * Stop texts count in all of them.
 */
export class AnswerReader {
  readonly #options: AnswerReaderOptions;
  readonly #decode: DecodeRun;
  readonly #parser: AnswerParser | undefined;
  readonly #ledger = new TokenLedger();
  /** Of tokens whose text is not certain yet, oldest first. */
  readonly #probabilities: TokenProbability[] = [];
  #endedCalls = 0;

  constructor(options: AnswerReaderOptions) {
    this.#options = options;
    this.#decode = new DecodeRun(options.program);
    this.#parser = options.parser && new AnswerParser(options.parser);
  }

  /** Calls whose arguments are complete. */
  get endedCalls(): number {
    return this.#endedCalls;
  }

  feed(token: number, probability?: TokenProbability): ReadEvents {
    if (probability) this.#probabilities.push(probability);
    const controlText = this.#parser && this.#options.controlTextOf?.(token);
    if (controlText === undefined) return this.#read(this.#decode.feed(token, this.#options.pieces.ofAnswer(token)));
    return this.#readControl(token, controlText);
  }

  /** The answer is over: everything held back. `isCut`: in the middle, so that half a marker is no text. */
  finish(isCut = false): ReadEvents {
    const read = this.#read(this.#decode.finish());
    if (read.stopText === undefined) read.events.push(...this.#finishParser(isCut));
    return read;
  }

  /** No stop text reaches over a control token. */
  #readControl(token: number, text: string): ReadEvents {
    const read = this.#read(this.#decode.finish());
    if (read.stopText !== undefined) return read;
    this.#ledger.note({ text, tokens: [token], probabilities: this.#takeProbabilities(1) });
    for (const event of this.#parser?.push({ text, isControl: true }) ?? []) read.events.push(...this.#toEvents(event));
    return read;
  }

  #read({ text, tokens, stopText }: ReturnType<DecodeRun['feed']>): ReadEvents {
    const reported = { tokens, probabilities: this.#takeProbabilities(tokens.length) };
    const events = this.#parser ? this.#parse(this.#parser, text, reported) : toTextEvents(text, reported);
    if (stopText === undefined) return { events };
    return { events: [...events, ...this.#finishParser()], stopText };
  }

  #finishParser(isCut = false): GenerationEvent[] {
    const last = this.#parser?.finish() ?? [];
    const kept = isCut ? last.filter((event) => !this.#isHalfMarker(event)) : last;
    const events = kept.flatMap((event) => this.#toEvents(event));
    return [...events, ...toSilentEvents(this.#ledger.takeAll())];
  }

  #isHalfMarker(event: AnswerEvent): boolean {
    const { parser } = this.#options;
    if (!parser || (event.type !== 'text' && event.type !== 'reasoning')) return false;
    const half = event.text.trim();
    return half.length > 1 && listMarkers(parser).some((marker) => marker.trim().startsWith(half));
  }

  #parse(parser: AnswerParser, text: string, reported: ReportedTokens): GenerationEvent[] {
    if (text === '' && reported.tokens.length === 0) return [];
    this.#ledger.note({ text, ...reported });
    return parser.push({ text }).flatMap((event) => this.#toEvents(event));
  }

  #takeProbabilities(count: number): TokenProbability[] {
    return this.#probabilities.splice(0, count);
  }

  #toEvents(event: AnswerEvent): GenerationEvent[] {
    switch (event.type) {
      case 'text': {
        const { before, reported } = this.#ledger.take(event.text);
        return [...toSilentEvents(before), ...toTextEvents(event.text, reported)];
      }
      case 'reasoning': {
        const { before, reported } = this.#ledger.take(event.text);
        return [...toSilentEvents(before), { type: 'reasoning-delta', text: event.text, tokens: reported.tokens }];
      }
      case 'call-start': {
        const { index, name } = event;
        return [{ type: 'tool-call-start', index, id: createCallId(), name, tokens: this.#ledger.takeAll() }];
      }
      case 'call-arguments': {
        const { index, delta } = event;
        return [{ type: 'tool-call-delta', index, arguments: delta, tokens: this.#ledger.takeAll() }];
      }
      case 'call-end':
        return event.status === 'complete' ? [this.#endCall(event.index)] : [];
    }
  }

  #endCall(index: number): GenerationEvent {
    this.#endedCalls++;
    return { type: 'tool-call-end', index, tokens: this.#ledger.takeAll() };
  }
}

/** Tokens that say nothing to the reader: whoever goes on from the answer needs them. */
function toSilentEvents(tokens: number[]): GenerationEvent[] {
  return tokens.length === 0 ? [] : [{ type: 'text-delta', text: '', tokens }];
}

function toTextEvents(text: string, { tokens, probabilities }: ReportedTokens): GenerationEvent[] {
  if (text === '' && tokens.length === 0) return [];
  return [{ type: 'text-delta', text, tokens, ...(probabilities.length === 0 ? {} : { probabilities }) }];
}

/** Texts with which a call or thinking begins, and with which thinking ends. */
function listMarkers({ syntax: { form }, reasoning }: AnswerParserOptions): string[] {
  const begins = 'section' in form && form.section ? [form.section.begin, form.begin] : [form.begin];
  const others = 'alsoBegin' in form ? (form.alsoBegin ?? []) : [];
  return [...begins, ...others, ...(reasoning ? [reasoning.begin, reasoning.end] : [])].filter((text) => text !== '');
}
