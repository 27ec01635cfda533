import type { Duplex } from 'node:stream';
import { AppError } from '#shared/errors/app-error.ts';
import { encodeError } from './openai/errors.ts';

const statuses: Readonly<Record<string, { line: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: { line: '431 Request Header Fields Too Large', message: 'The headers are too large.' },
  ERR_HTTP_REQUEST_TIMEOUT: { line: '408 Request Timeout', message: 'The request did not arrive in time.' },
};

const malformed = { line: '400 Bad Request', message: 'This is not an HTTP/1.1 request.' };

/** Answers what is no request at all, and hangs up. */
export function answerBrokenRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { line, message } = statuses[error.code ?? ''] ?? malformed;
  const body = JSON.stringify(encodeError(new AppError('invalid-request', message)).body);
  const headers = [
    `HTTP/1.1 ${line}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${headers.join('\r\n')}\r\n\r\n${body}`);
}
