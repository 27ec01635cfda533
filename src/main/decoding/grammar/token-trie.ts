import { kindOfByte } from './byte-kinds.ts';
import { sortByBytes } from './sort-by-bytes.ts';
import {
  byteOf,
  createPlaces,
  depthOf,
  endOf,
  longestOf,
  setByte,
  setDepths,
  setEnd,
  setFirst,
  type TriePlaces,
} from './trie-places.ts';

/** What a grammar has to know of a model's vocabulary. Tokens are the numbers below `size`. */
export interface TokenVocabulary {
  readonly size: number;
  /** The bytes a token adds to a text; they need not be whole code points. */
  bytesOf(token: number): Uint8Array;
  /** Control tokens and the like: they are no text and match no grammar. */
  isSpecial(token: number): boolean;
  /** The token ends an answer: allowed where the grammar may end, and nowhere else. */
  isEndOfGeneration(token: number): boolean;
}

/** Tokens longer than this (runs of spaces, mostly) are not told apart by length. */
export const longestCounted = 96;

/**
 * The texts of a vocabulary as a tree in flat arrays, in the order of a walk: node 0 is the empty text, the children of
 * a node follow it. Built once per model: about 1 µs a token.
 */
export class TokenTrie {
  readonly vocabularySize: number;
  readonly endTokens: readonly number[];
  /** The nodes; see `trie-places.ts`. */
  readonly places: TriePlaces;
  /** Kinds of all bytes below a node (bits, see `byte-kinds.ts`). */
  readonly kindsBelow: Uint32Array;
  /** Tokens in the order of their bytes; a node's begin at its `firstOf` and end where the next node's begin. */
  readonly tokens: Uint32Array;
  readonly nodeCount: number;
  readonly #ends: ReadonlySet<number>;
  /** Tokens up to each length, as masks. */
  readonly #upTo: readonly Uint32Array[];
  readonly #texts: Uint8Array;
  readonly #starts: Uint32Array;

  constructor(vocabulary: TokenVocabulary) {
    this.vocabularySize = vocabulary.size;
    this.endTokens = tokensWhere(vocabulary.size, (token) => vocabulary.isEndOfGeneration(token));
    this.#ends = new Set(this.endTokens);
    const { bytes, starts } = collectTexts(vocabulary);
    this.#texts = bytes;
    this.#starts = starts;
    const isText = (token: number) => (starts[token + 1] ?? 0) > (starts[token] ?? 0);
    this.tokens = Uint32Array.from(tokensWhere(vocabulary.size, isText));
    sortByBytes(this.tokens, { bytes, starts });
    this.#upTo = this.#masksByLength();
    this.nodeCount = this.#countNodes();
    this.places = createPlaces(this.nodeCount);
    this.kindsBelow = new Uint32Array(this.nodeCount);
    this.#fill();
  }

  /** Length of the longest token. */
  get longestToken(): number {
    return longestOf(this.places, 0);
  }

  isEnd(token: number): boolean {
    return this.#ends.has(token);
  }

  /** Bytes of a token; none for one that is no text. */
  bytesOf(token: number): Uint8Array {
    return this.#texts.subarray(this.#starts[token] ?? 0, this.#starts[token + 1] ?? 0);
  }

  /** The node with this text; -1 when no token begins so. */
  find(text: Uint8Array): number {
    let node = 0;
    for (const byte of text) {
      node = this.#child(node, byte);
      if (node === -1) return -1;
    }
    return node;
  }

  /** Sets the bits of the tokens numbered `from` to `to` in the order of bytes. */
  mark(mask: Uint32Array, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      setBit(mask, this.tokens[index] ?? 0);
    }
  }

  /** Clears the bits of all tokens longer than this. At most `longestCounted` can be asked for. */
  keepUpTo(mask: Uint32Array, length: number): void {
    const kept = this.#upTo[length];
    if (!kept) return;
    for (let word = 0; word < mask.length; word++) mask[word] = (mask[word] ?? 0) & (kept[word] ?? 0);
  }

  #child(node: number, byte: number): number {
    const end = endOf(this.places, node);
    for (let child = node + 1; child < end; child = endOf(this.places, child)) {
      if (byteOf(this.places, child) === byte) return child;
    }
    return -1;
  }

  /** Bytes at the beginning that the token shares with the one before it in order. */
  #sharedLength(index: number): number {
    const previous = this.bytesOf(this.tokens[index - 1] ?? 0);
    const text = this.bytesOf(this.tokens[index] ?? 0);
    let length = 0;
    while (length < previous.length && length < text.length && previous[length] === text[length]) length++;
    return length;
  }

  #masksByLength(): Uint32Array[] {
    const byLength: number[][] = Array.from({ length: longestCounted + 1 }, () => []);
    for (const token of this.tokens) byLength[this.bytesOf(token).length]?.push(token);
    const mask = new Uint32Array(Math.ceil(this.vocabularySize / 32));
    return byLength.map((tokens) => {
      for (const token of tokens) setBit(mask, token);
      return mask.slice();
    });
  }

  #countNodes(): number {
    let nodes = 1;
    for (const [index, token] of this.tokens.entries()) {
      nodes += this.bytesOf(token).length - (index === 0 ? 0 : this.#sharedLength(index));
    }
    return nodes;
  }

  #fill(): void {
    const { places } = this;
    const path = [0];
    let node = 0;
    for (const [index, token] of this.tokens.entries()) {
      const text = this.bytesOf(token);
      const shared = index === 0 ? 0 : this.#sharedLength(index);
      while (path.length > shared + 1) this.#close(path, node + 1);
      for (let depth = shared; depth < text.length; depth++) {
        node++;
        setByte(places, node, text[depth] ?? 0);
        setDepths(places, node, { depth: depth + 1, longest: 0 });
        setFirst(places, node, index);
        path.push(node);
      }
      setDepths(places, node, { depth: text.length, longest: text.length });
      setFirst(places, node + 1, index + 1);
    }
    while (path.length > 0) this.#close(path, node + 1);
  }

  #close(path: number[], end: number): void {
    const { places } = this;
    const node = path.pop() ?? 0;
    setEnd(places, node, end);
    const parent = path.at(-1);
    if (parent === undefined) return;
    const longest = Math.max(longestOf(places, parent), longestOf(places, node));
    setDepths(places, parent, { depth: depthOf(places, parent), longest });
    const kinds = (this.kindsBelow[node] ?? 0) | (1 << (kindOfByte[byteOf(places, node)] ?? 0));
    this.kindsBelow[parent] = (this.kindsBelow[parent] ?? 0) | kinds;
  }
}

/** Marks a token in a mask. */
export function setBit(mask: Uint32Array, token: number): void {
  mask[token >>> 5] = (mask[token >>> 5] ?? 0) | (1 << (token & 31));
}

function tokensWhere(size: number, holds: (token: number) => boolean): number[] {
  const tokens: number[] = [];
  for (let token = 0; token < size; token++) if (holds(token)) tokens.push(token);
  return tokens;
}

/** Longer texts (there are none in real vocabularies) are left out, so that depths fit. */
const longestText = 0xffff;

function collectTexts(vocabulary: TokenVocabulary): { bytes: Uint8Array; starts: Uint32Array } {
  const starts = new Uint32Array(vocabulary.size + 1);
  let bytes = new Uint8Array(8 * vocabulary.size);
  let end = 0;
  for (let token = 0; token < vocabulary.size; token++) {
    const isText = !vocabulary.isSpecial(token) && !vocabulary.isEndOfGeneration(token);
    const text = isText ? vocabulary.bytesOf(token) : new Uint8Array(0);
    if (text.length > 0 && text.length <= longestText) {
      if (end + text.length > bytes.length) {
        const larger = new Uint8Array(2 * (end + text.length));
        larger.set(bytes);
        bytes = larger;
      }
      bytes.set(text, end);
      end += text.length;
    }
    starts[token + 1] = end;
  }
  return { bytes: bytes.slice(0, end), starts };
}
