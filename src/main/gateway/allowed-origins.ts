import { AppError } from '#shared/errors/app-error.ts';
import type { RequestHead } from './request-head.ts';

/** Where a request comes from, as far as the browser tells. */
export type Caller =
  /** A tool, or our own page. */
  | { kind: 'own' }
  /** A page of an origin that the user added: it may read the answer. */
  | { kind: 'page'; origin: string };

export interface OriginPolicy {
  /** The setting `allowedOrigins`. */
  allowedOrigins: readonly string[];
}

/**
 * Default deny for web pages: an `Origin` must be the server's own (the same host and port as in `Host`) or one that
 * the user added, and a browser's request without one must not come from another site. Throws `forbidden-origin`.
 */
export function checkOrigin(head: RequestHead, { allowedOrigins }: OriginPolicy): Caller {
  if (head.origin === undefined) {
    if (isForeignFetch(head)) throw forbidden('a page of another site');
    return { kind: 'own' };
  }
  const origin = head.origin.toLowerCase();
  if (origin === `http://${(head.hosts[0] ?? '').toLowerCase()}`) return { kind: 'own' };
  if (origin !== 'null' && allowedOrigins.some((allowed) => normalise(allowed) === origin)) {
    return { kind: 'page', origin: head.origin };
  }
  throw forbidden(`the origin ${JSON.stringify(head.origin.slice(0, 100))}`);
}

/** Following a link to us is harmless (the other page cannot read the answer); fetching from afar is not. */
function isForeignFetch({ method, fetchSite, fetchMode }: RequestHead): boolean {
  if (fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none') return false;
  return !(fetchMode === 'navigate' && (method === 'GET' || method === 'HEAD'));
}

function normalise(origin: string): string {
  return origin.toLowerCase().replace(/\/$/, '');
}

function forbidden(who: string): AppError {
  return new AppError('forbidden-origin', `Requests from ${who} are not allowed.`, {
    hint: 'Add the origin to the setting allowedOrigins if you trust that page.',
  });
}

/** Headers that let an allowed page read the answer. Never a wildcard, never credentials. */
export function corsHeaders(caller: Caller): Record<string, string> {
  if (caller.kind === 'own') return {};
  return {
    'access-control-allow-origin': caller.origin,
    'access-control-expose-headers': 'x-request-id, x-impetus-ignored, x-impetus-applied, retry-after',
    vary: 'Origin',
  };
}

const stainlessHeaders = [
  'arch',
  'async',
  'custom-poll-interval',
  'helper-method',
  'lang',
  'os',
  'package-version',
  'poll-helper',
  'retry-count',
  'runtime',
  'runtime-version',
  'timeout',
].map((name) => `x-stainless-${name}`);

const allowedRequestHeaders = [
  'authorization',
  'content-type',
  'user-agent',
  'accept',
  'x-requested-with',
  'openai-beta',
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
  'x-api-key',
  'x-request-id',
  'x-impetus-strict',
  ...stainlessHeaders,
].join(', ');

/** Headers of the answer to an allowed page's preflight. Private-network access is never granted. */
export function preflightHeaders(caller: Caller): Record<string, string> {
  return {
    ...corsHeaders(caller),
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
    'access-control-allow-headers': allowedRequestHeaders,
    'access-control-max-age': '600',
  };
}
