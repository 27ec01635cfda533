import { isUtf8 } from 'node:buffer';
import { AppError } from '#shared/errors/app-error.ts';
import { findJsonError } from './json-position.ts';

/** The body as JSON. Throws `invalid-json`, naming the place; the text itself is never repeated. */
export function parseJsonBody(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) {
    throw new AppError('invalid-json', 'The request body is not valid UTF-8.', {
      hint: 'Send the JSON as UTF-8 without other encodings.',
    });
  }
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw toInvalidJson(text);
  }
}

function toInvalidJson(text: string): AppError {
  const { offset, line, column, isAtEnd } = findJsonError(text);
  const what = isAtEnd ? 'ends too early' : 'has an unexpected character';
  return new AppError('invalid-json', `The JSON body ${what} at position ${offset} (line ${line}, column ${column}).`, {
    hint: 'Check the request body; a byte order mark or a trailing comma is not JSON.',
    data: { position: offset, line, column },
  });
}
