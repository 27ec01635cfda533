import type { ServerResponse } from 'node:http';

const keepAliveMs = 10_000;

/**
 * Writes each value as one server-sent event in one socket write, waits when the reader is slow, and says it is alive
 * every 10 s. Returns when the values end or the reader has gone.
 */
export async function writeEventStream(response: ServerResponse, values: AsyncIterable<unknown>): Promise<void> {
  const keepAlive = setInterval(() => response.write(': keep-alive\n\n'), keepAliveMs);
  try {
    for await (const value of values) {
      if (response.destroyed) return;
      if (response.write(`data: ${JSON.stringify(value)}\n\n`)) continue;
      await drained(response);
    }
  } finally {
    clearInterval(keepAlive);
    response.end();
  }
}

/** Resolves when the socket takes more, or is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off('drain', done).off('close', done);
      resolve();
    };
    response.on('drain', done).on('close', done);
  });
}
