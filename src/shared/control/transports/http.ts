import { AppError } from '../../errors/app-error.ts';
import { type ControlTransport, type Envelope } from './control-transport.ts';
import { readEventStream } from './event-stream-reader.ts';
import { cancelled } from './iterate-messages.ts';
import { readEnvelope, readStreamMessage } from './read-message.ts';
import { parseJson } from './parse-json.ts';
import { SignalStream } from './signal-stream.ts';

export interface HttpTransportOptions {
  /** `http://127.0.0.1:PORT`, or empty for the page's own origin. No slash at the end. */
  baseUrl: string;
  fetch: typeof globalThis.fetch;
  /**
   * The control token, asked for before each request because a restarted server has a new one. Absent: the session
   * cookie of the browser is used.
   */
  token?: () => string | undefined | Promise<string | undefined>;
  /** Waits between attempts to reopen the signals, in ms. Default 250, doubling up to 4,000. */
  retryMinMs?: number;
  retryMaxMs?: number;
  /** Signals silent for so long count as lost, in ms. Default 25,000; the server writes every 10 s. */
  silenceMs?: number;
}

/**
 * The contract over HTTP: `POST /control/v1/<name>` for commands, the same answered by an event stream for channels,
 * `GET /control/v1/events` for all signals, reopened by itself with a growing wait.
 */
export function createHttpTransport(options: HttpTransportOptions): ControlTransport {
  const { retryMinMs = 250, retryMaxMs = 4000, silenceMs = 25_000 } = options;
  const closing = new AbortController();
  const connect = (signal: AbortSignal) => request(options, { method: 'GET', path: 'events', signal });
  const stream = new SignalStream({ connect, retryMinMs, retryMaxMs, silenceMs });
  return {
    invoke: (name, input) => invoke(options, { name, input, signal: closing.signal }),
    open: (name, input, abort) =>
      openChannel(options, { name, input, signal: AbortSignal.any([abort, closing.signal]) }),
    subscribe: (name, listener) => stream.subscribe(name, listener),
    onConnectionChange: (listener) => stream.onConnectionChange(listener),
    close() {
      closing.abort();
      stream.close();
    },
  };
}

interface Call {
  name: string;
  input: unknown;
  signal: AbortSignal;
}

async function invoke(options: HttpTransportOptions, { name, input, signal }: Call): Promise<Envelope> {
  try {
    const response = await request(options, { method: 'POST', path: name, body: input, signal });
    return await readAnswer(name, response);
  } catch (error) {
    return { ok: false, error: toUnreachable(options, { error, signal }).toWire() };
  }
}

async function* openChannel(
  options: HttpTransportOptions,
  { name, input, signal }: Call,
): AsyncGenerator<unknown, void, undefined> {
  const leaving = new AbortController();
  let isAnswering = false;
  try {
    const response = await request(options, {
      method: 'POST',
      path: name,
      body: input,
      signal: AbortSignal.any([signal, leaving.signal]),
    });
    if (!response.body || !isEventStream(response)) throw await toRefusal(name, response);
    isAnswering = true;
    for await (const data of readEventStream(response.body)) {
      const message = readStreamMessage(name, parseJson(data));
      if (message.type === 'end') return;
      if (message.type === 'error') throw AppError.fromWire(message.error);
      yield message.value;
    }
    throw cutOff(name);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw isAnswering && !signal.aborted ? cutOff(name) : toUnreachable(options, { error, signal });
  } finally {
    leaving.abort();
  }
}

interface WireRequest {
  method: 'GET' | 'POST';
  path: string;
  body?: unknown;
  signal: AbortSignal;
}

async function request(options: HttpTransportOptions, { method, path, body, signal }: WireRequest): Promise<Response> {
  const { baseUrl, fetch, token } = options;
  const bearer = await token?.();
  return await fetch(`${baseUrl}/control/v1/${encodeURIComponent(path)}`, {
    method,
    headers: {
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
      ...(method === 'GET' ? {} : { 'content-type': 'application/json' }),
    },
    ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? null) }),
    signal,
    credentials: 'same-origin',
    cache: 'no-store',
  });
}

async function readAnswer(name: string, response: Response): Promise<Envelope> {
  return readEnvelope(name, parseJson(await response.text()));
}

async function toRefusal(name: string, response: Response): Promise<AppError> {
  const envelope = await readAnswer(name, response);
  if (!envelope.ok) return AppError.fromWire(envelope.error);
  return new AppError('internal', `${name}: the server answered with one value instead of a stream.`);
}

function isEventStream(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('text/event-stream') ?? false;
}

function cutOff(name: string): AppError {
  return new AppError('server-unreachable', `Impetus ended the connection in the middle of ${name}.`, {
    hint: 'It was stopped or has crashed: look at its log, then try again.',
  });
}

function toUnreachable(
  { baseUrl }: HttpTransportOptions,
  { error, signal }: { error: unknown; signal: AbortSignal },
): AppError {
  if (signal.aborted) return cancelled();
  return new AppError('server-unreachable', `Impetus does not answer${baseUrl === '' ? '' : ` at ${baseUrl}`}.`, {
    hint: 'Start it with `npm start` or `impetus serve`, then try again.',
    cause: error,
  });
}
