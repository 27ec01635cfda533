/** What becomes of one field of a request. */
export type FieldRow =
  /** Changes the answer as the dialect's documents say; `observable` names where a test sees it. */
  | { verdict: 'honoured'; observable: string }
  /** Makes no difference here; named in `x-impetus-ignored` unless its value asks for what happens anyway. */
  | { verdict: 'ignored'; reason: string; isSatisfiedBy: (value: unknown) => boolean }
  /** Would change the answer and cannot yet: 400, unless its value asks for what happens anyway. */
  | { verdict: 'refused'; reason: string; isSatisfiedBy: (value: unknown) => boolean };

/** The fields of one endpoint by their wire names. */
export type Fields = Readonly<Record<string, FieldRow>>;

const never = () => false;

export const isOneOf =
  (...values: unknown[]) =>
  (value: unknown) =>
    values.includes(value);
export const isEmpty = (value: unknown) =>
  typeof value === 'object' && value !== null && Object.keys(value).length === 0;

export const honoured = (observable: string): FieldRow => ({ verdict: 'honoured', observable });
export const ignored = (reason: string, isSatisfiedBy: (value: unknown) => boolean = never): FieldRow => ({
  verdict: 'ignored',
  reason,
  isSatisfiedBy,
});
export const refused = (reason: string, isSatisfiedBy: (value: unknown) => boolean = never): FieldRow => ({
  verdict: 'refused',
  reason,
  isSatisfiedBy,
});

export const noAccounts = 'There are no accounts and nothing is stored.';
export const prefixReuse = 'Prompts are reused by their longest common prefix, whatever key is sent.';
export const noShift = 'Prompts are never cut or shifted: one that does not fit is refused.';
