import { ByteBoundedCache } from './byte-bounded-cache.ts';
import type { Frame } from './frame.ts';
import { dead, type Grammar, type GrammarState } from './grammar.ts';
import { longestCounted, setBit, type TokenTrie } from './token-trie.ts';
import { markTokens } from './walk-trie.ts';

/** Nodes at which a rule may end with more of the token to come, for tokens of some lengths. */
interface Escapes {
  readonly nodes: Uint32Array;
  readonly longerThan: number;
  readonly upTo: number;
}

/** What can be said of some addresses of a rule without knowing who called it. */
interface LocalMask {
  /** Tokens that the rule itself reads to their end. */
  readonly mask: Uint32Array;
  readonly escapes: readonly Escapes[];
}

/**
 * The allowed tokens of states of one grammar for one vocabulary, found when first asked for and kept within a budget.
 * A mask is put together: what the innermost rule says alone (kept for all states that are in it, at any depth and
 * count), and a walk from the few places where a token leaves that rule.
 */
export class TokenMasks {
  readonly grammar: Grammar;
  readonly trie: TokenTrie;
  /** The mask without any token. */
  readonly nothing: Uint32Array;
  readonly #masks: ByteBoundedCache<GrammarState, Uint32Array>;
  readonly #locals: ByteBoundedCache<string, { local: LocalMask | undefined }>;
  readonly #words: number;

  constructor(grammar: Grammar, trie: TokenTrie, maxBytes = 16 * 1024 * 1024) {
    this.grammar = grammar;
    this.trie = trie;
    this.#masks = new ByteBoundedCache(maxBytes / 2);
    this.#locals = new ByteBoundedCache(maxBytes / 2);
    this.#words = Math.ceil(trie.vocabularySize / 32);
    this.nothing = new Uint32Array(this.#words);
  }

  get byteSize(): number {
    return this.grammar.byteSize + this.#masks.byteSize + this.#locals.byteSize;
  }

  /** Bit n is set when token n may come next. Shared: not to be written to. */
  of(state: GrammarState): Uint32Array {
    const known = this.#masks.get(state);
    if (known) return known;
    const mask = new Uint32Array(this.#words);
    for (const [frame, addresses] of byFrame(state)) this.#add(frame, addresses, mask);
    if (state.canEnd) for (const token of this.trie.endTokens) setBit(mask, token);
    this.#masks.set(state, mask, mask.byteLength + 200);
    return mask;
  }

  #add(frame: Frame, addresses: readonly number[], mask: Uint32Array): void {
    const { grammar, trie } = this;
    const local = this.#localMask(addresses);
    if (!local) {
      const state = grammar.stateAtAddresses(addresses, frame);
      markTokens({ grammar, trie, state, nodes: [0], longerThan: 0, upTo: Infinity }, mask);
      return;
    }
    for (let word = 0; word < mask.length; word++) mask[word] = (mask[word] ?? 0) | (local.mask[word] ?? 0);
    const state = local.escapes.length > 0 ? grammar.afterFrame(frame) : dead;
    if (state === dead) return;
    for (const escapes of local.escapes) markTokens({ grammar, trie, state, ...escapes }, mask);
  }

  /**
   * Counters far from their end are all alike for the tokens that are too short to reach it: their mask is found once.
   * Only the longer tokens are walked for the counters as they are. Undefined where a rule may end almost anywhere: then
   * nothing is gained by looking at it alone.
   */
  #localMask(addresses: readonly number[]): LocalMask | undefined {
    const near = addresses.map((address) => this.grammar.farAddress(address, this.trie.longestToken));
    const horizon = Math.min(...near.map((one) => one.horizon));
    const nearAddresses = near.map((one) => one.address);
    if (horizon === Infinity) return this.#wholeMask(nearAddresses);
    const far = addresses.map((address) => this.grammar.farAddress(address, 0).address);
    return this.#kept(`near ${nearAddresses.join()}`, () =>
      this.#nearMask(nearAddresses, this.#wholeMask(far), Math.min(horizon, longestCounted)),
    );
  }

  #wholeMask(addresses: readonly number[]): LocalMask | undefined {
    return this.#kept(addresses.join(), () => {
      const mask = new Uint32Array(this.#words);
      const escapes = this.#walk(addresses, mask, 0);
      return escapes && { mask, escapes };
    });
  }

  #nearMask(addresses: readonly number[], far: LocalMask | undefined, horizon: number): LocalMask | undefined {
    if (!far) return undefined;
    const mask = far.mask.slice();
    this.trie.keepUpTo(mask, horizon);
    const near = this.#walk(addresses, mask, horizon);
    return near && { mask, escapes: [...far.escapes.map((escapes) => ({ ...escapes, upTo: horizon })), ...near] };
  }

  #walk(addresses: readonly number[], mask: Uint32Array, longerThan: number): Escapes[] | undefined {
    const { grammar, trie } = this;
    const state = grammar.stateAtAddresses(addresses);
    const mostEscapes = 1_000 + trie.nodeCount / 50;
    const walk = { grammar, trie, state, nodes: [0], longerThan, upTo: Infinity, mostEscapes };
    const nodes = markTokens(walk, mask);
    if (!nodes) return undefined;
    return nodes.length === 0 ? [] : [{ nodes: Uint32Array.from(nodes), longerThan, upTo: Infinity }];
  }

  #kept(key: string, make: () => LocalMask | undefined): LocalMask | undefined {
    const known = this.#locals.get(key);
    if (known) return known.local;
    const local = make();
    const escapeBytes = local?.escapes.reduce((sum, { nodes }) => sum + nodes.byteLength, 0) ?? 0;
    this.#locals.set(key, { local }, (local?.mask.byteLength ?? 0) + escapeBytes + 2 * key.length + 300);
    return local;
  }
}

function byFrame(state: GrammarState): Map<Frame, number[]> {
  const groups = new Map<Frame, number[]>();
  for (const { address, frame } of state.items) {
    const group = groups.get(frame);
    if (group) group.push(address);
    else groups.set(frame, [address]);
  }
  return groups;
}
