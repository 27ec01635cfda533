import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface FileServerOptions {
  content: Buffer;
  /** Answers this instead of the file. */
  status?: number;
  /** Cuts the connection after so many bytes of each answer. */
  cutAfterBytes?: number;
  /** Sends nothing from here on and cuts the connection. */
  lastByte?: number;
  /** Ignores Range headers, as plain servers do. */
  ignoresRange?: boolean;
  /** Sends every request on to this address. */
  redirectTo?: string;
}

/** A file server on loopback that remembers its requests; ends with the test. */
export async function startFileServer(options: FileServerOptions) {
  const requests: { path: string; range: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const { range, authorization } = request.headers;
    requests.push({ path: request.url ?? '', range, authorization });
    if (options.redirectTo) return void response.writeHead(302, { location: options.redirectTo }).end();
    if (options.status) return void response.writeHead(options.status).end();
    const start = options.ignoresRange ? 0 : rangeStart(request);
    if (start >= options.content.length) return void response.writeHead(416).end();
    const body = options.content.subarray(start);
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': body.length });
    if (options.cutAfterBytes === undefined || options.cutAfterBytes >= body.length) return void response.end(body);
    const cut = Math.min(options.cutAfterBytes, Math.max(0, (options.lastByte ?? Infinity) - start));
    response.flushHeaders();
    response.write(body.subarray(0, cut));
    // Long enough for the bytes to arrive: a reset throws away what the client has not read yet.
    setTimeout(() => response.destroy(), 100);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, requests };
}

function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
}
