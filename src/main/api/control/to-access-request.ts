import type { FastifyRequest } from 'fastify';
import type { AccessRequest } from './control-access.ts';

/** The socket's own words, never a forwarding header's. */
export function toAccessRequest({ raw }: FastifyRequest): AccessRequest {
  return { remoteAddress: raw.socket.remoteAddress, localPort: raw.socket.localPort, headers: raw.headers };
}
