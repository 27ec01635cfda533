import type { GrammarState } from './grammar.ts';
import type { GrammarMatcher } from './grammar-matcher.ts';
import type { TokenTrie } from './token-trie.ts';
import { markTokens } from './walk-trie.ts';

/** The model's own tokenizer: no token before or after the text, no space put in front, no special tokens read. */
export type Tokenize = (text: string) => Uint32Array;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Canonical jump-forward: the tokens of the text that the grammar forces next, as the model's own tokenizer cuts it, up
 * to the last border that no continuation can move.
 *
 * A border inside the text F moves only when the tokenizer joins the end of F with what follows. The joined piece is a
 * token of the vocabulary, so every such token is looked for: one that begins with an end F[q..] of the text, is longer
 * than it, and is read by the grammar. If the answer continues with it, F[..q] stands alone before it. What stays the
 * same whichever happens is the common beginning of tokens(F) and of tokens(F[..q]) for each such q; that is returned,
 * the rest is left to sampling. Because cutting into words before merging may look at the character after a run of
 * spaces, the start of a run at the end of F and its last character count as such q too. Where the answer must end
 * after F nothing can follow and all tokens stand.
 */
export function canonicalForcedTokens(matcher: GrammarMatcher, trie: TokenTrie, tokenize: Tokenize): Uint32Array {
  const bytes = wholeCharacters(matcher.forcedBytes());
  const text = decode(bytes);
  if (text === undefined || text === '') return new Uint32Array(0);
  let tokens = faithful(tokenize(text), bytes, trie);
  const after = matcher.clone();
  after.accept(bytes);
  if (after.mustEnd) return tokens;
  for (const start of joinStarts(bytes, after.state, { matcher, trie })) {
    const before = decode(bytes.subarray(0, start));
    if (before === undefined || tokens.length === 0) continue;
    tokens = commonBeginning(tokens, before === '' ? new Uint32Array(0) : tokenize(before));
  }
  return tokens;
}

/** Offsets in the text from which a token may reach over its end. */
function joinStarts(
  bytes: Uint8Array,
  after: GrammarState,
  { matcher, trie }: { matcher: GrammarMatcher; trie: TokenTrie },
): Set<number> {
  const starts = new Set<number>();
  for (let start = Math.max(0, bytes.length - trie.longestToken); start < bytes.length; start++) {
    const node = trie.find(bytes.subarray(start));
    if (node > 0 && reachesFurther(node, after, { matcher, trie })) starts.add(start);
  }
  let spaces = bytes.length;
  while (spaces > 0 && isSpace(bytes[spaces - 1])) spaces--;
  if (spaces < bytes.length) starts.add(spaces).add(bytes.length - 1);
  return starts;
}

function reachesFurther(
  node: number,
  after: GrammarState,
  { matcher, trie }: { matcher: GrammarMatcher; trie: TokenTrie },
): boolean {
  const mask = new Uint32Array(Math.ceil(trie.vocabularySize / 32));
  const walk = { grammar: matcher.grammar, trie, state: after.index, nodes: [node], longerThan: 0, upTo: Infinity };
  markTokens(walk, mask);
  return mask.some((word) => word !== 0);
}

/** The tokens as far as their bytes are those of the text: tokenizers that change a text are not followed. */
function faithful(tokens: Uint32Array, bytes: Uint8Array, trie: TokenTrie): Uint32Array {
  let at = 0;
  for (const [index, token] of tokens.entries()) {
    const piece = trie.bytesOf(token);
    const isSame = piece.length > 0 && piece.every((byte, offset) => byte === bytes[at + offset]);
    if (!isSame) return tokens.subarray(0, index);
    at += piece.length;
  }
  return tokens;
}

function commonBeginning(left: Uint32Array, right: Uint32Array): Uint32Array {
  let length = 0;
  while (length < left.length && length < right.length && left[length] === right[length]) length++;
  return left.subarray(0, length);
}

/** Without an unfinished code point at the end. */
function wholeCharacters(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}

/** Undefined when the text begins inside a code point that an earlier token began. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || (byte !== undefined && byte >= 0x09 && byte <= 0x0d);
}
