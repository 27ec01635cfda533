import type { GenerationEvent } from '#shared/domain/generation.ts';

type Delta = Extract<GenerationEvent, { type: 'text-delta' | 'reasoning-delta' }>;
type CallEvent = Extract<GenerationEvent, { type: 'tool-call-start' | 'tool-call-delta' | 'tool-call-end' }>;

/** What the reader has of one kind of text, and how much of it is being told again. */
interface Told {
  sent: number;
  toSkip: number;
}

/**
 * What a reader has been told of an answer, token by token. After its engine died, another engine tells the same answer
 * again from the beginning: `pass` lets through only what is new.
 */
export class SentRecord {
  readonly #tokens: number[] = [];
  readonly #text: Told = { sent: 0, toSkip: 0 };
  readonly #reasoning: Told = { sent: 0, toSkip: 0 };
  /** Characters of arguments, by call. */
  readonly #calls = new Map<number, Told & { id: string; isEnded: boolean }>();
  #isStarted = false;
  #hasPromptProbabilities = false;
  #tokensToSkip = 0;
  #isComplete = true;

  /** The tokens behind everything that was sent, for an engine to go on from. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  /** False once something was sent whose tokens are not known: then nobody can go on from it. */
  get canResume(): boolean {
    return this.#isComplete;
  }

  /** From now on the answer is told again. */
  rewind(): void {
    this.#tokensToSkip = this.#tokens.length;
    for (const told of [this.#text, this.#reasoning, ...this.#calls.values()]) told.toSkip = told.sent;
  }

  /** The event without what was sent before; undefined when nothing is left of it. */
  pass(event: GenerationEvent): GenerationEvent | undefined {
    switch (event.type) {
      case 'start':
        return this.#once(event);
      case 'prompt-probabilities': {
        const isNew = !this.#hasPromptProbabilities;
        this.#hasPromptProbabilities = true;
        return isNew ? event : undefined;
      }
      case 'text-delta':
        return this.#passDelta(event, this.#text);
      case 'reasoning-delta':
        return this.#passDelta(event, this.#reasoning);
      case 'tool-call-start':
      case 'tool-call-delta':
      case 'tool-call-end':
        return this.#passCall(event);
      case 'prefill-progress':
      case 'finish':
        return event;
    }
  }

  #once(event: GenerationEvent): GenerationEvent | undefined {
    if (this.#isStarted) return undefined;
    this.#isStarted = true;
    return event;
  }

  #passDelta(event: Delta, told: Told): Delta | undefined {
    const newTokens = this.#recordTokens(event.tokens);
    const skipped = Math.min(told.toSkip, event.text.length);
    told.toSkip -= skipped;
    told.sent += event.text.length - skipped;
    if (skipped === 0 && newTokens === event.tokens.length) return event;
    if (skipped === event.text.length && newTokens === 0) return undefined;
    const rest = {
      ...event,
      text: event.text.slice(skipped),
      tokens: event.tokens.slice(event.tokens.length - newTokens),
    };
    if (rest.type !== 'text-delta' || !rest.probabilities) return rest;
    return { ...rest, probabilities: rest.probabilities.slice(rest.probabilities.length - newTokens) };
  }

  #passCall(event: CallEvent): CallEvent | undefined {
    if (event.tokens) this.#recordTokens(event.tokens);
    else this.#isComplete = false;
    const call = this.#calls.get(event.index);
    if (event.type === 'tool-call-start') {
      if (call) return undefined;
      this.#calls.set(event.index, { sent: 0, toSkip: 0, id: event.id, isEnded: false });
      return event;
    }
    if (!call) return event;
    if (event.type === 'tool-call-end') {
      if (call.isEnded) return undefined;
      call.isEnded = true;
      return event;
    }
    const skipped = Math.min(call.toSkip, event.arguments.length);
    call.toSkip -= skipped;
    call.sent += event.arguments.length - skipped;
    if (skipped === 0) return event;
    return skipped === event.arguments.length ? undefined : { ...event, arguments: event.arguments.slice(skipped) };
  }

  /** How many of them are new. */
  #recordTokens(tokens: readonly number[]): number {
    const skipped = Math.min(this.#tokensToSkip, tokens.length);
    this.#tokensToSkip -= skipped;
    for (let index = skipped; index < tokens.length; index++) this.#tokens.push(tokens[index] ?? 0);
    return tokens.length - skipped;
  }
}
