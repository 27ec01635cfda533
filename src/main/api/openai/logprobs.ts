import { isUtf8 } from 'node:buffer';
import type { TokenProbability } from '#shared/domain/generation.ts';

type RatedToken = Omit<TokenProbability, 'top'>;

/** OpenAI's figure for what can hardly be; JSON has no infinity. */
const leastLogprob = -9999;

/** `logprobs` of a chat: each token with its bytes and the likeliest in its place. */
export function encodeChatLogprobs(probabilities: readonly TokenProbability[]): { content: object[]; refusal: null } {
  return {
    content: probabilities.map((token) => ({ ...encodeToken(token), top_logprobs: token.top.map(encodeToken) })),
    refusal: null,
  };
}

/** With llama-server's `id` beside OpenAI's fields. */
function encodeToken({ token: id, bytes, logprob }: RatedToken) {
  return { id, token: toTokenText(bytes, ''), logprob: toFinite(logprob), bytes };
}

/** Bytes that are no whole character are spelled `\xNN`. */
function toTokenText(bytes: readonly number[], prefix: 'bytes:' | ''): string {
  const buffer = Buffer.from(bytes);
  if (isUtf8(buffer)) return buffer.toString('utf8');
  return `${prefix}${bytes.map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;
}

function toFinite(logprob: number): number {
  return Math.max(logprob, leastLogprob);
}

/** A prompt that stands before its answer. */
export interface Echo {
  text: string;
  /** Bytes of the first token, which nothing comes before: it has no probability. Absent: not known. */
  firstToken?: readonly number[];
}

interface LogprobLists {
  tokens: string[];
  token_logprobs: (number | null)[];
  top_logprobs: (Record<string, number> | null)[];
  /** In characters (code points) from the beginning of the choice's text. */
  text_offset: number[];
}

/** `logprobs` of one completion, in one piece or in many: places go on where the last piece ended. */
export class CompletionLogprobs {
  #offset = 0;

  /** The prompt's own tokens. A first token that is not part of the text (a begin token) takes no place. */
  encodeEcho({ text, firstToken }: Echo, probabilities: readonly TokenProbability[]): LogprobLists {
    const lists = emptyLists();
    if (firstToken) {
      lists.tokens.push(toTokenText(firstToken, 'bytes:'));
      lists.token_logprobs.push(null);
      lists.top_logprobs.push(null);
      lists.text_offset.push(0);
      if (text.startsWith(Buffer.from(firstToken).toString('utf8'))) this.#advance(firstToken);
    }
    const length = [...text].length;
    for (const token of probabilities) this.#add(lists, token, length);
    this.#offset = length;
    return lists;
  }

  encode(probabilities: readonly TokenProbability[]): LogprobLists {
    const lists = emptyLists();
    for (const token of probabilities) this.#add(lists, token, Infinity);
    return lists;
  }

  #add(lists: LogprobLists, { bytes, logprob, top }: TokenProbability, length: number): void {
    lists.tokens.push(toTokenText(bytes, 'bytes:'));
    lists.token_logprobs.push(toFinite(logprob));
    lists.top_logprobs.push(
      Object.fromEntries(top.map((other) => [toTokenText(other.bytes, 'bytes:'), toFinite(other.logprob)])),
    );
    lists.text_offset.push(Math.min(this.#offset, length));
    this.#advance(bytes);
  }

  /** Every byte but a continuation begins a character. */
  #advance(bytes: readonly number[]): void {
    for (const byte of bytes) if ((byte & 0xc0) !== 0x80) this.#offset += 1;
  }
}

function emptyLists(): LogprobLists {
  return { tokens: [], token_logprobs: [], top_logprobs: [], text_offset: [] };
}
