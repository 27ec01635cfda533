import type { FastifyError, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { isChannelName, type ChannelName } from '#shared/control/contract.ts';
import type { ControlEndpoint, Envelope, StreamMessage } from '#shared/control/transports/control-transport.ts';
import { AppError, isAppError, toAppError } from '#shared/errors/app-error.ts';
import type { ControlAccess } from './control-access.ts';
import { readLatestSignals } from './latest-signals.ts';
import { toAccessRequest } from './to-access-request.ts';
import { writeEventStream } from './write-event-stream.ts';

export interface ControlRoutesOptions {
  router: ControlEndpoint;
  access: ControlAccess;
}

/** A conversation with a long history still fits; a runaway body does not. */
const bodyLimitBytes = 16 * 1024 * 1024;
/** Running answers may end within this time after the server began to close; what never ends stops at once. */
const drainMs = 5000;
const endlessChannels: ReadonlySet<string> = new Set<ChannelName>(['logs.tail']);

/** The control contract over HTTP: `POST /control/v1/<name>` and `GET /control/v1/events`. Every error is an envelope. */
export function controlRoutes({ router, access }: ControlRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    const closing = new AbortController();
    const drained = new AbortController();
    app.addHook('preClose', async () => {
      closing.abort();
      setTimeout(() => drained.abort(), drainMs).unref();
    });
    app.addHook('onRequest', async (request) => access.require(toAccessRequest(request)));
    app.setErrorHandler(sendError);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser(
      'application/json',
      { parseAs: 'string' },
      async (_request: FastifyRequest, body: string) => parseJson(body),
    );
    app.get('/control/v1/events', { exposeHeadRoute: false }, async (_request, reply) => {
      const abort = whenGone(reply, closing.signal);
      await sendEventStream(reply, readLatestSignals(router, abort));
    });
    app.post<{ Params: { name: string } }>(
      '/control/v1/:name',
      { bodyLimit: bodyLimitBytes },
      async (request, reply) => {
        const { name } = request.params;
        if (!isChannelName(name)) return sendEnvelope(reply, await router.invoke(name, request.body));
        const end = endlessChannels.has(name) ? closing.signal : drained.signal;
        const events = router.open(name, request.body, whenGone(reply, end));
        await sendEventStream(reply, toMessages(events, end));
        return reply;
      },
    );
  };
}

/** Aborts when the reader goes or the server ends. */
function whenGone(reply: FastifyReply, end: AbortSignal): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  return AbortSignal.any([gone.signal, end]);
}

async function sendEventStream(reply: FastifyReply, values: AsyncIterable<unknown>): Promise<void> {
  reply.hijack();
  reply.raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  reply.raw.flushHeaders();
  await writeEventStream(reply.raw, values);
}

async function* toMessages(
  events: AsyncIterable<unknown>,
  end: AbortSignal,
): AsyncGenerator<StreamMessage, void, undefined> {
  try {
    for await (const value of events) yield { type: 'next', value };
    yield { type: 'end' };
  } catch (error) {
    const appError = end.aborted ? new AppError('shutting-down', 'Impetus is shutting down.') : toAppError(error);
    yield { type: 'error', error: appError.toWire() };
  }
}

function sendEnvelope(reply: FastifyReply, envelope: Envelope): FastifyReply {
  const status = envelope.ok ? 200 : AppError.fromWire(envelope.error).status;
  return reply.code(status).header('cache-control', 'no-store').send(envelope);
}

function sendError(error: FastifyError | AppError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const appError = toHttpAppError(error);
  if (appError.code === 'internal') request.log.error({ err: error }, appError.message);
  return sendEnvelope(reply, { ok: false, error: appError.toWire() });
}

function toHttpAppError(error: FastifyError | AppError): AppError {
  if (isAppError(error)) return error;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new AppError('unsupported-media-type', 'The control routes take application/json only.');
  }
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError('body-too-large', `The body is longer than ${bodyLimitBytes / 1024 / 1024} MiB.`);
  }
  return toAppError(error);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    // The engine's own message quotes the body, which may hold a prompt.
    const [position] = /at position \d+/.exec((error as Error).message) ?? [''];
    throw new AppError('invalid-json', `The body is not valid JSON ${position}`.trimEnd() + '.');
  }
}
