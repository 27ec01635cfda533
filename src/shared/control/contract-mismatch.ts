import type { z } from 'zod';
import { AppError } from '../errors/app-error.ts';

/** An answer, event or value that breaks the contract: a bug on our side, named with the place where it shows. */
export function contractMismatch(name: string, error: z.ZodError): AppError {
  const { place, reason } = firstIssue(error);
  return new AppError('internal', `${name}: what came does not fit the contract at ${place}: ${reason}`, {
    hint: 'The window and the server may be of different versions: restart Impetus.',
    data: { name, place },
  });
}

/** An input that does not fit: the caller's fault, named with the parameter. */
export function invalidInput(name: string, error: z.ZodError): AppError {
  const { place, reason } = firstIssue(error);
  return new AppError('invalid-request', `${name}: ${place}: ${reason}`, { data: { name, param: place } });
}

/** The first issue, its path written as `models[0].id`. */
function firstIssue(error: z.ZodError): { place: string; reason: string } {
  const [issue] = error.issues;
  if (!issue) return { place: 'the whole', reason: 'it does not fit' };
  return { place: toPlace(issue.path), reason: issue.message };
}

function toPlace(path: readonly PropertyKey[]): string {
  const text = path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`)).join('');
  return text === '' ? 'the whole' : text.replace(/^\./, '');
}
