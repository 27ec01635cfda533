import type { GenerationRun } from '../generation-run.ts';
import type { StepPart } from '../step-part.ts';
import { DraftGain } from './draft-gain.ts';
import { RepeatFinder } from './repeat-finder.ts';

/** The context has room for the scores of 16 positions: so many drafted tokens and the one before them fit. */
const mostDrafted = 8;
/** A longer text is not searched for repeats: reading it would take longer than it saves. */
const longestText = 65_536;

/**
 * Guesses what an answer says next where it repeats what stood before, so that one step can compute several tokens.
 * Every token is chosen from its own scores all the same: guesses change the time an answer takes, nothing else.
 */
export class Speculator {
  readonly #gain = new DraftGain();
  readonly #finders = new WeakMap<GenerationRun, RepeatFinder>();

  /** The part with tokens that are expected to follow; `room`: tokens that its sequence has room for. */
  extend(part: StepPart, room: number): StepPart {
    const { run } = part.slot;
    const most = Math.min(mostDrafted, room - part.tokens.length, run.remainingTokens - 1);
    if (part.isPrefill || part.scoreCount !== 1 || most < 1 || run.prompt.length > longestText) return part;
    const draft = this.#read(run).propose(this.#gain.choose(most));
    if (draft.length === 0) return part;
    run.noteDrafted(draft.length);
    return { ...part, tokens: Uint32Array.from([...part.tokens, ...draft]), scoreCount: 1 + draft.length, draft };
  }

  /** A step that computed this part alone. */
  observe({ draft = [] }: StepPart, { rejected, durationMs }: { rejected: number; durationMs: number }): void {
    this.#gain.observe(draft.length, durationMs);
    if (draft.length > 0) this.#gain.learn(draft.length, draft.length - rejected);
  }

  #read(run: GenerationRun): RepeatFinder {
    const finder = this.#finders.get(run) ?? new RepeatFinder();
    this.#finders.set(run, finder);
    const { prompt, answerTokens } = run;
    for (let at = finder.length; at < prompt.length + answerTokens.length; at++) {
      finder.append(prompt[at] ?? answerTokens[at - prompt.length] ?? 0);
    }
    return finder;
  }
}
