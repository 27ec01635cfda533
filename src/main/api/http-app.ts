import path from 'node:path';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { AppError } from '#shared/errors/app-error.ts';
import type { Settings } from '#shared/domain/settings.ts';
import type { Logger } from '../base/index.ts';
import { bodyLimitBytes, checkAccess, type MetricsRegistry } from '../gateway/index.ts';
import type { Inference } from '../inference/index.ts';
import type { ResponseStore } from '../storage/index.ts';
import { toApiError } from './api-errors.ts';
import { encodeError as encodeAnthropicError } from './anthropic/errors.ts';
import { anthropicModelRoutes } from './anthropic/models.ts';
import { anthropicRoutes } from './anthropic/routes.ts';
import type { DialectOptions } from './begin.ts';
import { chooseByClient } from './by-client.ts';
import { findErrorEncoder } from './error-dialect.ts';
import { requireExchange } from './exchange.ts';
import { parseJsonBody } from './json-body.ts';
import { encodeError as encodeLlamaServerError } from './llama-server/errors.ts';
import { llamaServerRoutes } from './llama-server/routes.ts';
import { lmStudioRoutes } from './lm-studio/routes.ts';
import type { ManagedLibrary } from './managed-library.ts';
import { encodeError as encodeOllamaError } from './ollama/errors.ts';
import { BlobStore } from './ollama/manage/blob-store.ts';
import { ollamaBlobRoutes } from './ollama/manage/routes.ts';
import { ollamaRoutes } from './ollama/routes.ts';
import { chatRoutes } from './openai/chat/routes.ts';
import { completionRoutes } from './openai/completions/routes.ts';
import { embeddingRoutes } from './openai/embeddings/routes.ts';
import { fimRoutes } from './openai/fim/routes.ts';
import { toContextLength } from './openai/models/encode.ts';
import { modelRoutes } from './openai/models/routes.ts';
import { responseRoutes } from './openai/responses/routes.ts';
import { operationsRoutes } from './operations/routes.ts';
import { rerankRoutes } from './rerank/routes.ts';
import { findMethods, findNearestPath, normaliseTarget, type RouteRow } from './route-table.ts';
import type { ErrorEncoder } from './wire-failure.ts';

export interface HttpAppOptions {
  inference: Inference;
  /** Answers that later requests may go on from. */
  responses: ResponseStore;
  library: ManagedLibrary;
  /** Where uploaded models go. */
  modelsFolder: string;
  settings: { get(): Settings };
  metrics: MetricsRegistry;
  logger: Logger;
  version: string;
  /** The control contract's routes and the window's pages; they guard themselves. */
  control?: FastifyPluginAsync | undefined;
  /** What the root answers on this port of ours; undefined for Impetus' own words. */
  greetingAt?: ((port: number) => string | undefined) | undefined;
  /** Whether an `Authorization` header lets its bearer manage models. Default: none does. */
  mayManage?: ((authorization: string | undefined) => boolean) | undefined;
}

/** One dialect's routes and how it words its errors. */
interface Dialect {
  rows: RouteRow[];
  /** Absent: by what the request tells of its client. */
  encodeError?: ErrorEncoder;
  /** Bodies are handed to the routes as streams, of any type and size. */
  takesStreams?: true;
}

/** Everything behind the gate: routes, body parsing, errors in the dialect's words. Not listening yet. */
export async function createHttpApp(options: HttpAppOptions): Promise<FastifyInstance> {
  const baseLogger: FastifyBaseLogger = options.logger;
  const app = fastify({
    loggerInstance: baseLogger,
    childLoggerFactory: (logger) => logger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyLimitBytes,
    routerOptions: { maxParamLength: 8_192 },
    rewriteUrl: (request) => normaliseTarget(request.url ?? '/'),
    frameworkErrors: (error, request, reply) => void sendError(reply, error, findErrorEncoder(request.raw)),
  });
  app.removeAllContentTypeParsers();
  // The usual type by its name: it is found without being taken apart.
  for (const type of ['application/json', '*']) app.addContentTypeParser(type, { parseAs: 'buffer' }, parseBody);
  app.setErrorHandler((error: FastifyError, request, reply) => sendError(reply, error, findErrorEncoder(request.raw)));
  const dialects = createDialects(options);
  addNotFound(
    app,
    dialects.flatMap(({ rows }) => rows),
  );
  for (const dialect of dialects) await app.register(async (scope) => addDialect(scope, dialect, options));
  if (options.control) await app.register(options.control);
  await app.ready();
  return app;
}

function parseBody(
  _request: FastifyRequest,
  body: string | Buffer,
  done: (error: Error | null, body?: unknown) => void,
): void {
  try {
    done(null, parseJsonBody(body as Buffer));
  } catch (error) {
    done(toApiError(error));
  }
}

function createDialects(options: HttpAppOptions): Dialect[] {
  const { inference, responses, settings, metrics, version, library, modelsFolder } = options;
  const dialect: DialectOptions = { inference, version, isStrict: () => settings.get().strict };
  const ollama = {
    ...dialect,
    ...{ library, modelsFolder, settings },
    blobs: new BlobStore(path.join(modelsFolder, 'blobs')),
    userAliases: (id: string) => library.modelSettings(id).aliases,
  };
  const openAiRows = [
    ...chatRoutes(dialect),
    ...completionRoutes(dialect),
    ...responseRoutes({ ...dialect, responses }),
    ...fimRoutes(dialect),
    ...embeddingRoutes(dialect),
    ...rerankRoutes(dialect),
    ...createModelRoutes(options, dialect),
    ...operationsRoutes({ inference, metrics, version, greetingAt: options.greetingAt }),
  ];
  return [
    { rows: openAiRows },
    { rows: anthropicRoutes(dialect), encodeError: encodeAnthropicError },
    { rows: llamaServerRoutes({ ...dialect, settings }), encodeError: encodeLlamaServerError },
    { rows: lmStudioRoutes(dialect) },
    { rows: ollamaRoutes(ollama), encodeError: encodeOllamaError },
    { rows: ollamaBlobRoutes(ollama), encodeError: encodeOllamaError, takesStreams: true },
  ];
}

function createModelRoutes({ inference, settings }: HttpAppOptions, dialect: DialectOptions): RouteRow[] {
  const contextChoice = () => settings.get();
  return chooseByClient(
    modelRoutes({ ...dialect, contextChoice }),
    anthropicModelRoutes({ inference, contextLength: (model) => toContextLength(model, contextChoice()) }),
  );
}

async function addDialect(
  scope: FastifyInstance,
  { rows, encodeError, takesStreams }: Dialect,
  { settings, mayManage }: HttpAppOptions,
): Promise<void> {
  if (takesStreams) passBodiesOn(scope);
  scope.setErrorHandler((error: FastifyError, request, reply) =>
    sendError(reply, error, encodeError ?? findErrorEncoder(request.raw)),
  );
  for (const { method, path: url, access, handler } of rows) {
    scope.route({
      method,
      url,
      onRequest: (request, _reply, done) => {
        const { notes } = requireExchange(request.raw);
        notes.route = url;
        notes.isRoutine = access === 'open';
        const isManager = mayManage?.(request.headers.authorization) === true;
        const { remoteAddress } = request.raw.socket;
        checkAccess(access, { remoteAddress, isManager, settings: settings.get() });
        done();
      },
      ...(takesStreams ? { bodyLimit: Number.MAX_SAFE_INTEGER } : {}),
      handler,
    });
  }
}

/** Nothing is read before the route asks for it. */
function passBodiesOn(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

/** Answered before a body is read: 404 with the nearest path, 405 with the methods there are. */
function addNotFound(app: FastifyInstance, rows: readonly RouteRow[]): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const target = request.url.split('?', 1)[0] ?? '/';
    // Clients that ask for a WebSocket go on without one after a 404.
    const methods = request.headers.upgrade === undefined ? findMethods(rows, target) : [];
    if (methods.length > 0) void reply.header('allow', methods.join(', '));
    if (methods.length > 0 && request.method === 'OPTIONS') return void reply.code(204).send();
    done(methods.length > 0 ? toMethodNotAllowed(request.method, target, methods) : toRouteNotFound(rows, target));
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, toRouteNotFound(rows, request.url), findErrorEncoder(request.raw)),
  );
}

function toMethodNotAllowed(method: string, target: string, methods: readonly string[]): AppError {
  return new AppError('method-not-allowed', `${target.slice(0, 200)} does not answer to ${method}.`, {
    hint: `Use ${methods.join(' or ')}.`,
  });
}

function toRouteNotFound(rows: readonly RouteRow[], path: string): AppError {
  const nearest = findNearestPath(rows, path);
  return new AppError('route-not-found', `There is no route ${JSON.stringify(path.slice(0, 200))}.`, {
    hint: nearest === undefined ? 'The OpenAI API is under /v1.' : `Did you mean ${nearest}?`,
    data: { nearest: nearest ?? null },
  });
}

function sendError(reply: FastifyReply, thrown: unknown, encode: ErrorEncoder): FastifyReply {
  const error = toApiError(thrown);
  const exchange = requireExchange(reply.request.raw);
  exchange.notes.errorCode = error.code;
  if (error.code === 'internal') reply.log.error({ requestId: exchange.id, err: thrown }, 'answering failed');
  const { status, headers, body } = encode(error, exchange.id);
  return reply.code(status).headers(headers).type('application/json; charset=utf-8').send(JSON.stringify(body));
}
