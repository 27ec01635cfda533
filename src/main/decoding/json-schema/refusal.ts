import { AppError } from '#shared/errors/app-error.ts';

export interface Refusal {
  /** JSON pointer of the keyword in the schema. */
  path: string;
  keyword: string;
  reason: string;
  hint?: string;
}

const usualHint = 'Remove the keyword, or write the schema so that every value it admits can be told apart in advance.';

/** A schema that cannot be enforced to the letter is never enforced by half: it is refused, by the keyword's path. */
export function refuse({ path, keyword, reason, hint = usualHint }: Refusal): never {
  const where = path === '' ? 'The schema' : `The schema at ${path}`;
  throw new AppError('schema-unsupported', `${where} cannot be enforced: ${reason}.`, {
    hint,
    data: { path, keyword },
  });
}
