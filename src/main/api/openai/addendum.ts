import type { DialectOptions } from '../begin.ts';
import type { FinishEvent } from '../relay.ts';

/** What another dialect of this shape puts behind an answer: members of the answer, or of its last chunk. */
export type Addendum = (model: string, finishes: readonly FinishEvent[]) => object;

export interface GeneratingOptions extends DialectOptions {
  /** Absent: nothing. */
  addendum?: Addendum | undefined;
}

/** The same for one answer, whose model is known. */
export type AnswerAddendum = (finishes: readonly FinishEvent[]) => object;

export function bindAddendum({ addendum }: GeneratingOptions, model: string): AnswerAddendum | undefined {
  return addendum && ((finishes) => addendum(model, finishes));
}

/** A JSON object, given as text, with more members. */
export function addMembers(json: string, members: object): string {
  const more = JSON.stringify(members).slice(1, -1);
  return more === '' ? json : `${json.slice(0, -1)},${more}}`;
}

/** A whole answer, given as JSON text, with what is put behind it. */
export function encodeWith(
  addendum: AnswerAddendum | undefined,
  json: string,
  collected: readonly { finish: FinishEvent }[],
): string {
  return addendum ? addMembers(json, addendum(collected.map(({ finish }) => finish))) : json;
}
