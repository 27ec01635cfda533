import { isUtf8 } from 'node:buffer';
import { AppError } from '#shared/errors/app-error.ts';
import { findJsonError } from './json-position.ts';
import { findOverfullField } from './overfull-field.ts';

/** Members of the objects in one field; no field takes more. */
const mostMembers = 200_000;

/**
 * The body as JSON. Throws `invalid-json`, naming the place, and `invalid-request` for a field that holds more than
 * anybody may send; the text itself is never repeated.
 */
export function parseJsonBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new AppError('invalid-json', 'The request body is not valid UTF-8.', {
      hint: 'Send the JSON as UTF-8 without other encodings.',
    });
  }
  const overfull = findOverfullField(bytes, mostMembers);
  if (overfull !== undefined) throw createOverfull(overfull);
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw toInvalidJson(text);
  }
}

function createOverfull(param: string): AppError {
  return new AppError('invalid-request', `"${param.slice(0, 64)}" holds more than ${mostMembers} members.`, {
    hint: 'Send less in this field.',
    data: { param },
  });
}

function toInvalidJson(text: string): AppError {
  const { offset, line, column, isAtEnd } = findJsonError(text);
  const what = isAtEnd ? 'ends too early' : 'has an unexpected character';
  return new AppError('invalid-json', `The JSON body ${what} at position ${offset} (line ${line}, column ${column}).`, {
    hint: 'Check the request body; a byte order mark or a trailing comma is not JSON.',
    data: { position: offset, line, column },
  });
}
