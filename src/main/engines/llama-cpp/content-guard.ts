import { randomBytes } from 'node:crypto';
import type { ChatRequest } from './chat-format.ts';

/** A rendered prompt in pieces; in a raw one the names of control tokens are letters. */
export interface PromptPiece {
  text: string;
  isRaw: boolean;
}

/** A request whose words cannot become control tokens. */
export interface GuardedRequest {
  request: ChatRequest;
  /** The prompt that a template made of `request`, with the words as they were. */
  restore: (rendered: string) => PromptPiece[];
}

/**
 * Keeps the words of a conversation apart from the markers of its template: where a message, a tool or an argument
 * holds the name of a control token, a random word stands in its place until the template is done. A conversation
 * without such names is left as it is, and costs one look.
 */
export class ContentGuard {
  readonly #names: ReadonlySet<string>;
  readonly #lengths: readonly number[];
  readonly #beginnings: RegExp;

  /** `names`: those of the vocabulary's control tokens. */
  constructor(names: Iterable<string>) {
    this.#names = new Set([...names].filter((name) => name !== ''));
    this.#lengths = [...new Set([...this.#names].map((name) => name.length))].sort((a, b) => b - a);
    const first = new Set([...this.#names].map((name) => name.charAt(0)));
    const units = [...first].map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    this.#beginnings = new RegExp(`[${units.join('')}]`, 'g');
  }

  protect(request: ChatRequest): GuardedRequest {
    const found: string[] = [];
    const secret = randomBytes(16).toString('hex');
    const hide = (name: string): string => `w${secret}x${found.push(name) - 1}y`;
    const guarded = mapTexts(request, (text) => this.#replaceNames(text, hide)) as ChatRequest;
    if (found.length === 0) return { request, restore: (rendered) => [{ text: rendered, isRaw: false }] };
    const hidden = new RegExp(`w${secret}x(\\d+)y`);
    return {
      request: guarded,
      restore: (rendered) =>
        rendered.split(hidden).map((part, index) => {
          const isRaw = index % 2 === 1;
          return { text: isRaw ? (found[Number(part)] ?? '') : part, isRaw };
        }),
    };
  }

  #replaceNames(text: string, hide: (name: string) => string): string {
    let replaced = '';
    let from = 0;
    this.#beginnings.lastIndex = 0;
    for (let match = this.#beginnings.exec(text); match; match = this.#beginnings.exec(text)) {
      const name = this.#nameAt(text, match.index);
      if (name === undefined) continue;
      replaced += text.slice(from, match.index) + hide(name);
      from = match.index + name.length;
      this.#beginnings.lastIndex = from;
    }
    return from === 0 ? text : replaced + text.slice(from);
  }

  /** The longest name that stands there. */
  #nameAt(text: string, at: number): string | undefined {
    for (const length of this.#lengths) {
      const name = text.slice(at, at + length);
      if (this.#names.has(name)) return name;
    }
    return undefined;
  }
}

/** The same value with every text in it put through `change`. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), mapTexts(item, change)]));
}
