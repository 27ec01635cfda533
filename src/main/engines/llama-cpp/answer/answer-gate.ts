import { closingText, type ReasoningSyntax, type TokenFilter } from '../../../decoding/index.ts';
import {
  BoundStage,
  freeStage,
  WatchStage,
  type Alternative,
  type AnswerStage,
  type NextStage,
} from './answer-stage.ts';
import type { BoundText } from './bound-text.ts';
import { ByteWatch, type WatchedText } from './byte-watch.ts';
import type { ModelGrammars } from './model-grammars.ts';

/** What an answer may be, thinking aside. */
export type AnswerBinding =
  | { kind: 'free' }
  /** One of these grammars from its first token on. */
  | { kind: 'bound'; grammars: readonly string[] }
  /** Free until one of the triggers, which belongs to the grammar; without a grammar no trigger may come. */
  | { kind: 'called'; triggers: readonly string[]; atStart: boolean; grammar: string | undefined };

export interface ThinkingRules {
  syntax: ReasoningSyntax;
  /** The prompt ends inside the thinking. */
  isOpen: boolean;
  /** The answer may begin with thinking. */
  mayBegin: boolean;
  /** Tokens after which it is closed. Absent: any number. */
  budgetTokens?: number | undefined;
}

export interface AnswerRules {
  binding: AnswerBinding;
  thinking?: ThinkingRules | undefined;
}

export interface AnswerGateOptions {
  rules: AnswerRules;
  grammars: ModelGrammars;
  /** False: a token that has to come is chosen all the same, so that it has scores. */
  jumpsForward: boolean;
}

const empty = new Uint8Array(0);

/** Stands between the sampler and an answer: which tokens may come, which must, and when the answer is over. */
export class AnswerGate {
  readonly #options: AnswerGateOptions;
  #stage: AnswerStage;
  #forced: number[] = [];

  /** Errors: `invalid-request` for a grammar that cannot be read. */
  constructor(options: AnswerGateOptions) {
    this.#options = options;
    this.#stage = this.#begin();
    this.#forced = Array.from(this.#stage.forcedTokens());
  }

  /** Undefined: every token may come. */
  get filter(): TokenFilter | undefined {
    return this.#stage.filter;
  }

  get mustEnd(): boolean {
    return this.#stage.mustEnd;
  }

  /** The token is part of the answer now. */
  accept(token: number): void {
    this.#stage = this.#stage.accept(token);
    if (this.#forced.length === 0) this.#forced = Array.from(this.#stage.forcedTokens());
  }

  /** The token that has to come next, where only one can. */
  takeForced(): number | undefined {
    return this.#forced.shift();
  }

  #begin(): AnswerStage {
    const { thinking, binding } = this.#options.rules;
    if (thinking?.isOpen) return this.#think(empty) ?? freeStage;
    if (!thinking?.mayBegin) return this.#answer(empty, false) ?? freeStage;
    const next: NextStage = (rest) => this.#think(rest);
    const begins = [thinking.syntax.begin, ...(thinking.syntax.alsoBegin ?? [])].map((text) => text.trimEnd());
    if (binding.kind !== 'bound') return this.#watch([...this.#toWatched(begins, next, true), ...this.#triggers()]);
    const openings = begins.map((begin) => this.#toOpening(begin));
    return this.#bind([...openings, ...this.#toAlternatives(binding.grammars)], this.#frames());
  }

  /** Behind the beginning of thinking. */
  #think(rest: Uint8Array): AnswerStage | undefined {
    const { rules, grammars } = this.#options;
    const { thinking, binding } = rules;
    if (!thinking) return undefined;
    const end = thinking.syntax.end.trim();
    const stage = new WatchStage({
      grammars,
      watch: new ByteWatch([
        ...this.#toWatched([end], (after) => this.#answer(after, true), false),
        ...this.#interruptions(end),
      ]),
      mayEnd: binding.kind !== 'bound',
      budgetTokens: thinking.budgetTokens,
      closing: grammars.tokenizeMarkers(closingText(thinking.syntax)),
    });
    return rest.length === 0 ? stage : stage.read(rest);
  }

  /** The answer itself; undefined where it cannot begin so. */
  #answer(rest: Uint8Array, isAfterThinking: boolean): AnswerStage | undefined {
    const { binding } = this.#options.rules;
    if (binding.kind === 'free') return freeStage;
    if (binding.kind === 'called') return this.#watch(this.#triggers()).read(rest);
    const gap = [...(isAfterThinking ? ['\n', '\n\n'] : []), ...this.#frames()];
    return this.#bind(this.#toAlternatives(binding.grammars), gap).read(rest);
  }

  /** Behind a trigger. */
  #call(trigger: Uint8Array, rest: Uint8Array): AnswerStage | undefined {
    const { binding } = this.#options.rules;
    if (binding.kind !== 'called' || binding.grammar === undefined) return undefined;
    const stage = this.#bind(this.#toAlternatives([binding.grammar]), []);
    return stage.read(trigger) && stage.read(rest);
  }

  #triggers(isWanted: (trigger: string) => boolean = () => true): WatchedText<NextStage>[] {
    const { binding } = this.#options.rules;
    if (binding.kind !== 'called') return [];
    return binding.triggers.filter(isWanted).flatMap((trigger) => {
      const bytes = this.#options.grammars.encode(trigger);
      return this.#toWatched([trigger], (rest) => this.#call(bytes, rest), binding.atStart);
    });
  }

  #toWatched(texts: readonly string[], meaning: NextStage, atStart: boolean): WatchedText<NextStage>[] {
    return texts.map((text) => ({ bytes: this.#options.grammars.encode(text), meaning, atStart }));
  }

  #toOpening(begin: string): Alternative {
    return { text: this.#bindTexts([begin]), next: () => this.#think(empty) ?? freeStage };
  }

  /** Control tokens that end thinking without its end: a call that begins is bound; nothing else may interrupt. */
  #interruptions(end: string): WatchedText<NextStage>[] {
    const { rules, grammars } = this.#options;
    const names = [...grammars.controlCharacters.keys()];
    if (rules.binding.kind !== 'bound') return this.#triggers((text) => names.some((name) => text.includes(name)));
    const others = names.filter((name) => !end.includes(name));
    return this.#toWatched(others, () => undefined, false);
  }

  /** Texts of the family's frame that may stand in front of an answer. */
  #frames(): string[] {
    const { markers, endTexts } = this.#options.grammars;
    return (markers.syntax.silent ?? []).filter((text) => !text.includes('{name}') && !endTexts.has(text.trim()));
  }

  #bindTexts(texts: readonly string[]): BoundText {
    const { grammars } = this.#options;
    const literals = texts.map((text) => JSON.stringify(new TextDecoder().decode(grammars.encode(text))));
    return grammars.bind(`root ::= ${literals.join(' | ')}`);
  }

  #toAlternatives(grammars: readonly string[]): Alternative[] {
    return grammars.map((grammar) => ({ text: this.#options.grammars.bind(grammar) }));
  }

  #bind(alternatives: readonly Alternative[], gap: readonly string[]): BoundStage {
    const { grammars, jumpsForward } = this.#options;
    const gapText = gap.length > 0 ? this.#bindTexts(gap) : undefined;
    return new BoundStage({ grammars, alternatives, jumpsForward, gap: gapText });
  }

  #watch(texts: readonly WatchedText<NextStage>[]): WatchStage {
    return new WatchStage({ grammars: this.#options.grammars, watch: new ByteWatch(texts) });
  }
}
