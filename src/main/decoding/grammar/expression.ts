import { AppError } from '#shared/errors/app-error.ts';

/** Code points from `first` to `last`, both included. */
export interface CodePointRange {
  readonly first: number;
  readonly last: number;
}

/** The right side of a rule. `call` names a rule by its index. An empty sequence matches the empty text. */
export type Expression =
  | { readonly kind: 'literal'; readonly bytes: readonly number[] }
  | { readonly kind: 'class'; readonly ranges: readonly CodePointRange[] }
  | { readonly kind: 'sequence'; readonly parts: readonly Expression[] }
  | { readonly kind: 'choice'; readonly options: readonly Expression[] }
  | { readonly kind: 'repeat'; readonly body: Expression; readonly min: number; readonly max: number }
  | { readonly kind: 'call'; readonly rule: number };

export interface Rule {
  readonly name: string;
  readonly body: Expression;
  readonly line: number;
  readonly column: number;
}

export interface RuleSet {
  readonly rules: readonly Rule[];
  /** Index of the rule named `root`. */
  readonly root: number;
}

export const emptyExpression: Expression = { kind: 'sequence', parts: [] };

/** What a grammar may cost; beyond it the grammar is refused, never cut. */
export const grammarLimits = {
  characters: 1_000_000,
  rules: 50_000,
  /** Groups inside groups. */
  nesting: 400,
  /** Literals, classes, groups and calls in all rules. */
  expressions: 500_000,
  /** Positions of the compiled grammar. */
  positions: 2_000_000,
  /** Counted positions, as if every repetition were written out; they cost no memory. */
  addresses: 2 ** 44,
  /** Visits of positions while rules are analysed. */
  analysis: 20_000_000,
  /** Visits of positions for one byte, and for one token or mask. */
  workPerByte: 200_000,
  workPerToken: 4_000_000,
} as const;

/** The grammar is at fault: named with the place in its text where there is one. */
export function grammarError(message: string, place?: { line: number; column: number }): AppError {
  const where = place ? ` at line ${place.line}, column ${place.column}` : '';
  return new AppError('invalid-request', `The grammar cannot be used${where}: ${message}.`, {
    // A fault of the whole is one of its beginning.
    data: { line: place?.line ?? 1, column: place?.column ?? 1 },
  });
}
