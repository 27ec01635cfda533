import { refuse } from './refusal.ts';

export interface BudgetLimits {
  maxRules: number;
  maxMilliseconds: number;
}

/** Schemas that take fewer steps are never refused for time: a busy machine must not change the answer. */
const freeSteps = 25_000;

/** Bounds one compilation: the rules it may make and the time it may take. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #start = performance.now();
  readonly #rulesBefore: number;
  #steps = 0;

  constructor(limits: BudgetLimits, rulesBefore = 0) {
    this.#limits = limits;
    this.#rulesBefore = rulesBefore;
  }

  /** Call in every loop whose length the schema decides. */
  tick(): void {
    if ((++this.#steps & 0xff) !== 0 || this.#steps < freeSteps) return;
    if (performance.now() - this.#start <= this.#limits.maxMilliseconds) return;
    const reason = `compiling takes longer than ${String(this.#limits.maxMilliseconds)} ms`;
    refuse({ path: '', keyword: '$schema', reason, hint: 'Make the schema smaller.' });
  }

  checkRules(count: number): void {
    if (count - this.#rulesBefore <= this.#limits.maxRules) return;
    const reason = `it needs more than ${String(this.#limits.maxRules)} grammar rules`;
    refuse({ path: '', keyword: '$schema', reason, hint: 'Make the schema smaller.' });
  }
}
