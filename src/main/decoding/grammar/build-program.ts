import { analyseRules, isNullable, type RuleFacts } from './analyse-rules.ts';
import { ByteClasses } from './byte-classes.ts';
import { grammarError, grammarLimits, type Expression, type RuleSet } from './expression.ts';
import { planInlining } from './plan-inlining.ts';
import {
  PositionProgram,
  Template,
  returnAddress,
  type ByteEdge,
  type CountedPart,
  type Position,
} from './position-program.ts';
import { simplify } from './simplify.ts';
import { toUtf8Sequences, type ByteRange } from './utf8-sequences.ts';

export interface BuiltProgram {
  readonly program: PositionProgram;
  readonly classes: ByteClasses;
  /** Number of positions and edges, as a measure of memory. */
  readonly size: number;
}

/** The rules as positions over bytes. Small rules without loops are written into their callers. */
export function buildProgram(ruleSet: RuleSet): BuiltProgram {
  const facts = analyseRules(ruleSet);
  const bodies = ruleSet.rules.map((rule) => simplify(rule.body, facts.isProductive));
  const isInlined = planInlining(bodies, facts, ruleSet.root);
  const builder = new ProgramBuilder(bodies, facts, isInlined);
  return builder.build();
}

class ProgramBuilder {
  readonly #bodies: readonly (Expression | undefined)[];
  readonly #facts: RuleFacts;
  readonly #isInlined: Uint8Array;
  readonly #templates: Template[] = [];
  #template = new Template();
  #size = 0;

  constructor(bodies: readonly (Expression | undefined)[], facts: RuleFacts, isInlined: Uint8Array) {
    this.#bodies = bodies;
    this.#facts = facts;
    this.#isInlined = isInlined;
  }

  build(): BuiltProgram {
    const root = this.#template;
    this.#add({ kind: 'return' });
    const entries = this.#bodies.map((body, rule) =>
      body && !this.#isInlined[rule] ? this.#place(body, returnAddress) : returnAddress,
    );
    this.#complete(root);
    const classes = new ByteClasses(this.#templates);
    classes.apply(this.#templates);
    return { program: new PositionProgram(root, entries, this.#facts.isNullable), classes, size: this.#size };
  }

  /** Positions for the expression followed by `next`; answers where it begins. */
  #place(expression: Expression, next: number): number {
    switch (expression.kind) {
      case 'literal':
        return expression.bytes.reduceRight<number>(
          (target, byte) => this.#add({ kind: 'bytes', edges: [{ first: byte, last: byte, target }] }),
          next,
        );
      case 'class':
        return this.#placeSequences(toUtf8Sequences(expression.ranges), next);
      case 'sequence':
        return expression.parts.reduceRight<number>((target, part) => this.#place(part, target), next);
      case 'choice':
        return this.#placeChoice(expression.options, next);
      case 'repeat':
        return this.#placeRepeat(expression, next);
      case 'call':
        return this.#placeCall(expression.rule, next);
    }
  }

  #placeCall(rule: number, next: number): number {
    const body = this.#isInlined[rule] ? this.#bodies[rule] : undefined;
    return body ? this.#place(body, next) : this.#add({ kind: 'call', rule, next });
  }

  /** Options that wait for a byte become one position with all their edges. */
  #placeChoice(options: readonly Expression[], next: number): number {
    const edges: ByteEdge[] = [];
    const targets = new Set<number>();
    for (const option of options) {
      const entry = this.#place(option, next);
      const position = this.#template.positions[entry];
      if (position?.kind === 'bytes') edges.push(...position.edges);
      else targets.add(entry);
    }
    if (edges.length > 0) targets.add(this.#add({ kind: 'bytes', edges }));
    const [only] = targets;
    return targets.size === 1 && only !== undefined ? only : this.#add({ kind: 'split', targets: [...targets] });
  }

  #placeRepeat({ body, min, max }: Extract<Expression, { kind: 'repeat' }>, next: number): number {
    const least = isNullable(body, this.#facts.isNullable) ? 0 : min;
    if (max === Infinity) return this.#placeLoop(body, least, next);
    if (max === 1) return least === 1 ? this.#place(body, next) : this.#placeOptional(body, next);
    return this.#placeCounted(body, { min: least, max, isOpen: false }, next);
  }

  #placeOptional(body: Expression, next: number): number {
    return this.#add({ kind: 'split', targets: [this.#place(body, next), next] });
  }

  #placeLoop(body: Expression, min: number, next: number): number {
    if (min > 1) return this.#placeCounted(body, { min, max: min, isOpen: true }, next);
    const targets: number[] = [next];
    const loop = this.#add({ kind: 'split', targets });
    const entry = this.#place(body, loop);
    targets.unshift(entry);
    return min === 0 ? loop : entry;
  }

  #placeCounted(body: Expression, times: Pick<CountedPart, 'min' | 'max' | 'isOpen'>, next: number): number {
    const outer = this.#template;
    const template = new Template();
    this.#template = template;
    this.#add({ kind: 'again' });
    const entry = this.#place(body, 0);
    this.#complete(template);
    this.#template = outer;
    const part = { ...times, body: template, entry, next, offset: 0, stride: 0 };
    outer.parts.push(part);
    return this.#add({ kind: 'count', part });
  }

  /** Sequences with the same end share its positions. */
  #placeSequences(sequences: readonly ByteRange[][], next: number): number {
    const ends = new Map<string, number>();
    const edges: ByteEdge[] = [];
    for (const sequence of sequences) {
      let target = next;
      let key = '';
      for (const { first, last } of sequence.slice(1).reverse()) {
        key = `${first}-${last},${key}`;
        const known = ends.get(key);
        target = known ?? this.#add({ kind: 'bytes', edges: [{ first, last, target }] });
        ends.set(key, target);
      }
      const [lead] = sequence;
      if (lead) edges.push({ ...lead, target });
    }
    return this.#add({ kind: 'bytes', edges });
  }

  #add(position: Position): number {
    this.#size += position.kind === 'bytes' ? position.edges.length : 1;
    if (this.#size > grammarLimits.positions) throw grammarError('it is too large once its rules are put together');
    return this.#template.add(position);
  }

  #complete(template: Template): void {
    this.#templates.push(template);
    if (!template.complete()) throw grammarError('its repetitions multiply beyond measure');
  }
}
