import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { AppError } from '#shared/errors/app-error.ts';
import { inspectRequest, logRequest, toRequestHead } from '../gateway/index.ts';
import { toApiError } from './api-errors.ts';
import { answerBrokenRequest } from './broken-request.ts';
import { ConnectionWatch } from './connection-watch.ts';
import { findErrorEncoder } from './error-dialect.ts';
import { clientGone, openExchange, requireExchange, type Exchange } from './exchange.ts';
import { createHttpApp, type HttpAppOptions } from './http-app.ts';
import { listenIfFree, listenOn, type Listening, type ListenRequest } from './listener.ts';

export type HttpServerOptions = Omit<HttpAppOptions, 'greetingAt'>;

export interface HttpServer {
  /** Serves from now on. Errors: `port-in-use`, `not-available`. */
  listen(request: ListenRequest): Promise<{ port: number; addresses: string[] }>;
  /**
   * Serves one more loopback port: the addresses served, none when somebody else has the port. `greeting` is what its
   * root answers there. Errors: `not-available`.
   */
  listenAlso(request: { port: number; greeting?: string | undefined }): Promise<string[]>;
  /** Takes no new connections on such a port. */
  leave(port: number): void;
  /**
   * Takes no new connections at once, lets running answers end for `drainMs` (default 5,000), then ends them with
   * `shutting-down`. Idempotent.
   */
  close(options?: { drainMs?: number }): Promise<void>;
}

/** Every limit that Node has, set by hand. Times in ms. */
const serverOptions = {
  /** Missing and doubled Host headers get an answer of ours, from the gate. */
  requireHostHeader: false,
  insecureHTTPParser: false,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 2_000,
  /** Longer than any client keeps an idle connection, so that none is closed under a request. */
  keepAliveTimeout: 75_000,
  noDelay: true,
} as const;

/** Our own window asks all the time; that is no news. */
const ownPages = /^\/(ui|control)(\/|\?|$)/;

const maxConnections = 4_096;
const defaultDrainMs = 5_000;
/** Time for the last words of answers that were cut off. */
const farewellMs = 500;

/** The local server: gate, routes, errors, log and metrics around each request. */
export async function createHttpServer(given: HttpServerOptions): Promise<HttpServer> {
  const greetings = new Map<number, string>();
  const options = {
    ...given,
    logger: given.logger.child({ room: 'api' }),
    greetingAt: (port: number) => greetings.get(port),
  };
  const app = await createHttpApp(options);
  const watch = new ConnectionWatch();
  const onRequest = createRequestListener({ options, app, watch });
  const createOne = (): Server => {
    const server = createServer(serverOptions, onRequest);
    server.maxConnections = maxConnections;
    server.on('connection', (socket) => watch.addConnection(socket));
    server.on('clientError', answerBrokenRequest);
    return server;
  };
  let listening: Listening | undefined;
  const others = new Map<number, Listening>();
  let closing: Promise<void> | undefined;
  return {
    async listen(request) {
      listening = await listenOn(request, createOne);
      const { port, addresses } = listening;
      options.logger.info({ port, addresses }, 'listening');
      if (!addresses.includes('::1')) options.logger.info('no IPv6 loopback on this machine');
      return { port, addresses };
    },
    async listenAlso({ port, greeting }) {
      if (port === listening?.port) return listening.addresses;
      const other = await listenIfFree(port, createOne);
      if (!other) return [];
      others.set(other.port, other);
      if (greeting !== undefined) greetings.set(other.port, greeting);
      return other.addresses;
    },
    leave(port) {
      for (const server of others.get(port)?.servers ?? []) {
        server.close();
        server.closeIdleConnections();
      }
      others.delete(port);
      greetings.delete(port);
    },
    close({ drainMs = defaultDrainMs } = {}) {
      const servers = [listening, ...others.values()].flatMap((each) => each?.servers ?? []);
      closing ??= shutDown({ app, watch, servers, drainMs });
      return closing;
    },
  };
}

interface ListenerOptions {
  options: HttpServerOptions;
  app: FastifyInstance;
  watch: ConnectionWatch;
}

function createRequestListener({ options, app, watch }: ListenerOptions) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const exchange = openExchange(request, response);
    const { socket } = request;
    const bytesBefore = socket.bytesWritten;
    watch.begin(socket, exchange);
    response.once('close', () => {
      if (!response.writableFinished) exchange.abort(clientGone());
      watch.end(socket, exchange);
      record(options, exchange, { response, bytes: socket.bytesWritten - bytesBefore });
    });
    try {
      const { verdict, headers } = inspectRequest(toRequestHead(request), options.settings.get());
      if (verdict === 'preflight') return void response.writeHead(204, headers).end();
      for (const name in headers) response.setHeader(name, headers[name] ?? '');
    } catch (error) {
      return refuse(request, response, toApiError(error));
    }
    app.routing(request, response);
  };
}

/** The gate's no: nothing of the body is read, so the connection ends with it. */
function refuse(request: IncomingMessage, response: ServerResponse, error: AppError): void {
  const exchange = requireExchange(request);
  exchange.notes.errorCode = error.code;
  const { status, headers, body } = findErrorEncoder(request)(error, exchange.id);
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  response.end(text);
}

function record(
  { logger, metrics }: HttpServerOptions,
  exchange: Exchange,
  { response, bytes }: { response: ServerResponse; bytes: number },
): void {
  const { id, method, target, notes } = exchange;
  const durationMs = performance.now() - exchange.startedAt;
  const status = response.statusCode;
  logRequest(logger, {
    requestId: id,
    method,
    target,
    status,
    durationMs,
    bytes,
    isComplete: response.writableFinished,
    isRoutine: notes.isRoutine === true || ownPages.test(target),
    errorCode: notes.errorCode,
    model: notes.model,
    usage: notes.usage,
  });
  metrics.recordHttp({ route: notes.route ?? 'none', method: toKnownMethod(method), status, durationMs });
}

/** A metric must not grow with what clients invent. */
function toKnownMethod(method: string): string {
  return ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS'].includes(method) ? method : 'other';
}

interface Shutdown {
  app: FastifyInstance;
  watch: ConnectionWatch;
  servers: readonly Server[];
  drainMs: number;
}

async function shutDown({ app, watch, servers, drainMs }: Shutdown): Promise<void> {
  const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
  for (const server of servers) server.closeIdleConnections();
  await app.close();
  await watch.waitUntilIdle(drainMs);
  watch.abortAll(new AppError('shutting-down', 'Impetus is shutting down.'));
  await watch.waitUntilIdle(farewellMs);
  for (const server of servers) server.closeAllConnections();
  await Promise.all(closed);
}
