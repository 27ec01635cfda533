import type { Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { checkHost } from './allowed-hosts.ts';
import { checkOrigin, corsHeaders, preflightHeaders } from './allowed-origins.ts';
import { checkContentType } from './content-type.ts';
import type { RequestHead } from './request-head.ts';

export type GatePolicy = Pick<Settings, 'allowedHosts' | 'allowedOrigins'>;

export type GateVerdict =
  /** Go on to routing; `headers` belong on the answer. */
  | { verdict: 'pass'; headers: Record<string, string> }
  /** Answer 204 with these headers and nothing else. */
  | { verdict: 'preflight'; headers: Record<string, string> };

/**
 * The one way in: every request of every path, unknown ones and upgrades included, passes here before routing.
 * Throws `forbidden-host`, `forbidden-origin`, `unsupported-media-type` or `invalid-request`.
 */
export function inspectRequest(head: RequestHead, { allowedHosts, allowedOrigins }: GatePolicy): GateVerdict {
  checkTarget(head);
  checkHost(head.hosts, { allowedHosts, localAddress: head.localAddress });
  const caller = checkOrigin(head, { allowedOrigins });
  if (head.method === 'OPTIONS' && caller.kind === 'page' && head.requestedMethod !== undefined) {
    return { verdict: 'preflight', headers: preflightHeaders(caller) };
  }
  checkContentType(head);
  return { verdict: 'pass', headers: corsHeaders(caller) };
}

/** A target that carries its own host (a proxy's form) could contradict the Host header that was checked. */
function checkTarget({ method, target }: RequestHead): void {
  if (target.startsWith('/') || (method === 'OPTIONS' && target === '*')) return;
  throw new AppError('invalid-request', 'The request target must be a path that starts with "/".', {
    hint: 'Impetus is not a proxy: send the path only, for example GET /v1/models.',
  });
}
