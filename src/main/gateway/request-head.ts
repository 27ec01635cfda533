import type { IncomingMessage } from 'node:http';

/** What the gate looks at: the request line and headers, before anything is read, parsed or routed. */
export interface RequestHead {
  method: string;
  /** The target as the client wrote it. */
  target: string;
  /** Every `Host` line of the request. */
  hosts: string[];
  origin: string | undefined;
  fetchSite: string | undefined;
  fetchMode: string | undefined;
  contentType: string | undefined;
  /** The preflight's question, `Access-Control-Request-Method`. */
  requestedMethod: string | undefined;
  /** Address of ours that the connection came in on. */
  localAddress: string | undefined;
}

export function toRequestHead(request: IncomingMessage): RequestHead {
  const { headers } = request;
  return {
    method: request.method ?? '',
    target: request.url ?? '',
    hosts: readHosts(request.rawHeaders),
    origin: headers.origin,
    fetchSite: single(headers['sec-fetch-site']),
    fetchMode: single(headers['sec-fetch-mode']),
    contentType: headers['content-type'],
    requestedMethod: headers['access-control-request-method'],
    localAddress: request.socket.localAddress,
  };
}

/** Node keeps only the first of several `Host` lines in `headers`; a smuggler's second one is in the raw list. */
function readHosts(rawHeaders: string[]): string[] {
  const hosts: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[index + 1] ?? '');
  }
  return hosts;
}

function single(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
