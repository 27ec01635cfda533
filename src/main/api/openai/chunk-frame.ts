import type { FinishEvent } from '../relay.ts';
import { addMembers, type AnswerAddendum } from './addendum.ts';
import { doneFrame, type AnswerHead } from './answer.ts';
import { encodeTimings, encodeUsage, sumFinishes } from './usage.ts';

export interface ChunkFrameOptions {
  head: AnswerHead;
  /** The `object` of every chunk. */
  object: string;
  includeUsage: boolean;
  /** Members of one more chunk at the end. Absent: there is none. */
  addendum?: AnswerAddendum | undefined;
}

export interface EndFacts {
  choicesPerPrompt: number;
  /** Completion tokens of all choices that were thinking. */
  reasoningTokens: number;
}

/** What streamed chats and completions share: everything around a choice is made once per answer. */
export class ChunkFrame {
  readonly #opening: string;
  readonly #includeUsage: boolean;
  readonly #addendum: AnswerAddendum | undefined;

  constructor({ head, object, includeUsage, addendum }: ChunkFrameOptions) {
    this.#includeUsage = includeUsage;
    this.#addendum = addendum;
    const common = JSON.stringify({
      id: head.id,
      object,
      created: head.created,
      model: head.model,
      system_fingerprint: head.fingerprint,
    });
    this.#opening = `data: ${common.slice(0, -1)},"choices":[`;
  }

  /** A chunk with one choice, given as JSON text; `extras` are further members, each with a leading comma. */
  chunk(choice: string, extras = ''): string {
    return `${this.#opening}${choice}]${extras}}\n\n`;
  }

  /** The last chunk of a choice. Timings come with the very last chunk, which is the usage chunk when there is one. */
  lastChunk(choice: string, finish: FinishEvent): string {
    const timings = this.#includeUsage ? '' : `,"timings":${JSON.stringify(encodeTimings(finish))}`;
    return `${this.#opening}${choice}]${timings}}\n\n`;
  }

  /** The usage chunk, when it was asked for, and the end of the stream. */
  end(finishes: readonly FinishEvent[], { choicesPerPrompt, reasoningTokens }: EndFacts): string {
    const added = this.#addendum ? `${addMembers(`${this.#opening}]}`, this.#addendum(finishes))}\n\n` : '';
    if (!this.#includeUsage) return added + doneFrame;
    const totals = sumFinishes(finishes, choicesPerPrompt);
    const usage = JSON.stringify(encodeUsage(totals.usage, reasoningTokens));
    const timings = JSON.stringify(encodeTimings(totals));
    return `${added}${this.#opening}],"usage":${usage},"timings":${timings}}\n\n${doneFrame}`;
  }
}
