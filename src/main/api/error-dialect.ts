import type { IncomingMessage } from 'node:http';
import { encodeError as encodeAnthropicError } from './anthropic/errors.ts';
import { encodeError as encodeOllamaError } from './ollama/errors.ts';
import { isAnthropicClient } from './by-client.ts';
import { encodeError as encodeOpenAiError } from './openai/errors.ts';
import { normaliseTarget } from './route-table.ts';
import type { ErrorEncoder } from './wire-failure.ts';

/** Paths that belong to one dialect whether or not there is a route. */
const dialects: readonly [pattern: RegExp, encode: ErrorEncoder][] = [
  [/^(\/v1)?\/(messages|complete)(\/|\?|$)/, encodeAnthropicError],
  [/^\/api\/v[01](\/|\?|$)/, encodeOpenAiError],
  [/^\/api(\/|\?|$)/, encodeOllamaError],
];

/**
 * How a failure is worded for a request that no dialect's route has taken, or that several could: by its path, then by
 * what the client tells of itself; else in OpenAI's words.
 */
export function findErrorEncoder({ url, headers }: Pick<IncomingMessage, 'url' | 'headers'>): ErrorEncoder {
  const target = normaliseTarget(url ?? '/');
  const named = dialects.find(([pattern]) => pattern.test(target));
  if (named) return named[1];
  return isAnthropicClient({ headers }) ? encodeAnthropicError : encodeOpenAiError;
}
