import type { FastifyReply } from 'fastify';
import { EventStream } from '../event-stream.ts';

/** Between two lines, white space is all that every JSON reader forgives. */
const silence = ' ';

/** One JSON value in each line. */
export function openLineStream(reply: FastifyReply, headers: Readonly<Record<string, string>>): EventStream {
  reply.hijack();
  return new EventStream({
    response: reply.raw,
    headers: { ...headers, 'content-type': 'application/x-ndjson' },
    keepAliveFrame: () => silence,
  });
}

/** Answers a few lines that are all known: as a stream, or the last one alone. */
export function sendLines(reply: FastifyReply, lines: readonly object[], isStream: boolean): FastifyReply {
  if (!isStream) return reply.type('application/json; charset=utf-8').send(JSON.stringify(lines.at(-1) ?? {}));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  // A text would get a charset, which this type does not have.
  return reply.type('application/x-ndjson').send(Buffer.from(text));
}
