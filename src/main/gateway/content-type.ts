import { AppError } from '#shared/errors/app-error.ts';
import type { RequestHead } from './request-head.ts';

const methodsWithBody = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/**
 * A page can post text/plain without a preflight, so a request that shows a browser's headers must say
 * `application/json`; a tool without them may send any type, as `curl -d` does. Throws `unsupported-media-type`.
 */
export function checkContentType({ method, contentType, origin, fetchSite }: RequestHead): void {
  if (!methodsWithBody.has(method)) return;
  if (origin === undefined && fetchSite === undefined) return;
  if (method === 'DELETE' && contentType === undefined) return;
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return;
  const sent = contentType === undefined ? 'none' : JSON.stringify(contentType.slice(0, 100));
  throw new AppError('unsupported-media-type', `The content type is ${sent}.`, {
    hint: 'Requests from a browser need the header content-type: application/json.',
  });
}
