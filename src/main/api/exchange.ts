import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Usage } from '#shared/domain/generation.ts';
import { AppError } from '#shared/errors/app-error.ts';

/** What the request log and the metrics want to know, filled in while the request is answered. */
export interface ExchangeNotes {
  /** Pattern of the route. */
  route?: string;
  model?: string;
  usage?: Usage;
  errorCode?: string;
  /** Asked again and again by design (health checks); logged quietly. */
  isRoutine?: boolean;
}

/** One request and its answer: its id, its signal (aborts when the client goes away) and what is noted about it. */
export class Exchange {
  readonly id: string;
  readonly method: string;
  readonly target: string;
  /** The client's own name: its User-Agent up to the version; empty where it gives none. */
  readonly client: string;
  readonly startedAt = performance.now();
  readonly notes: ExchangeNotes = {};
  /** True: what would not be enforced is refused. */
  isStrict = false;
  readonly #controller = new AbortController();
  readonly #response: ServerResponse | undefined;
  readonly #applied: string[] = [];

  constructor(request: IncomingMessage, response?: ServerResponse) {
    this.#response = response;
    this.id = readRequestId(request.headers['x-request-id']) ?? createRequestId();
    this.client = readClient(request.headers['user-agent']);
    this.method = request.method ?? '';
    this.target = request.url ?? '';
  }

  get requestId(): string {
    return this.id;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Names in `x-impetus-applied` what was not taken as it was sent, as long as the headers have not gone out. */
  noteApplied(applied: readonly string[]): void {
    for (const name of applied) if (!this.#applied.includes(name)) this.#applied.push(name);
    if (this.#applied.length === 0 || this.#response?.headersSent !== false) return;
    this.#response.setHeader('x-impetus-applied', toHeaderList(this.#applied));
  }

  /** Stops the work behind the request; the reason is what the client gets to see, if it is still there. */
  abort(reason: AppError): void {
    if (!this.signal.aborted) this.#controller.abort(reason);
  }
}

const exchangeKey = Symbol('exchange');

/** The exchange stands on its request: a weak map would keep both until the garbage collector's great round. */
interface RequestWithExchange extends IncomingMessage {
  [exchangeKey]?: Exchange;
}

/** Starts the exchange of a request that has just come in, and puts its id on the answer. */
export function openExchange(request: RequestWithExchange, response: ServerResponse): Exchange {
  const exchange = new Exchange(request, response);
  request[exchangeKey] = exchange;
  response.setHeader('x-request-id', exchange.id);
  return exchange;
}

export function requireExchange(request: RequestWithExchange): Exchange {
  const exchange = request[exchangeKey];
  if (!exchange) throw new AppError('internal', 'The request did not come through the front door.');
  return exchange;
}

const maxHeaderLength = 1_000;

/** A header value: what clients named is escaped, so none can end an entry or the header. */
function toHeaderList(entries: readonly string[]): string {
  const escaped = entries.map((entry) =>
    entry
      .slice(0, 200)
      .toWellFormed()
      .replace(/[^\x21-\x7e]+|[,%]/gu, (text) => encodeURIComponent(text)),
  );
  const list = escaped.join(', ');
  return list.length <= maxHeaderLength ? list : `${list.slice(0, maxHeaderLength)}...`;
}

export function clientGone(): AppError {
  return new AppError('cancelled', 'The client has closed the connection.');
}

/** `OpenAI/JS 6.1.0` is `OpenAI/JS`, `curl/8.5.0` is `curl`. */
function readClient(userAgent: string | undefined): string {
  const name = /^[\w.-]+(?:\/[A-Za-z][\w-]*)?/.exec(userAgent ?? '')?.[0] ?? '';
  return name.slice(0, 64);
}

const idPattern = /^[\w.:-]{1,64}$/;
const idPrefix = randomBytes(5).toString('hex');
const counter = { last: 0 };

/** A client's own id is kept when it is short and harmless, so that its log and ours can be read together. */
function readRequestId(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' && idPattern.test(value) ? value : undefined;
}

function createRequestId(): string {
  counter.last += 1;
  return `req_${idPrefix}${counter.last.toString(36).padStart(6, '0')}`;
}
