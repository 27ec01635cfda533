import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import type { Endpoint } from '../field-table.ts';
import type { GeneratingOptions } from '../openai/addendum.ts';
import { answerChat } from '../openai/chat/routes.ts';
import { answerCompletion } from '../openai/completions/routes.ts';
import { answerEmbeddings } from '../openai/embeddings/routes.ts';
import type { RouteRow } from '../route-table.ts';
import { encodeDetailedEntry, encodeEntry, encodeStats, toInstanceType } from './encode.ts';
import { downloadSchema, loadSchema, unloadSchema } from './schema.ts';

type Answer = (options: DialectOptions, request: FastifyRequest, reply: FastifyReply) => unknown;

/** LM Studio's own API: v0 is OpenAI's with figures beside the answers, v1 loads and unloads. */
export function lmStudioRoutes(options: DialectOptions): RouteRow[] {
  const { inference, version } = options;
  const generating: GeneratingOptions = {
    ...options,
    addendum: (model, finishes) => encodeStats(inference.findModel(model), finishes, version),
  };
  const row = (method: 'GET' | 'POST', path: string, answer: Answer): RouteRow => ({
    method,
    path,
    access: 'inference',
    handler: (request, reply) => answer(generating, request, reply),
  });
  return [
    row('GET', '/api/v0/models', listModels),
    row('GET', '/api/v0/models/*', showModel),
    row('POST', '/api/v0/chat/completions', answerChat),
    row('POST', '/api/v0/completions', answerCompletion),
    row('POST', '/api/v0/embeddings', answerEmbeddings),
    row('GET', '/api/v1/models', listDetailed),
    row('POST', '/api/v1/models/load', load),
    row('POST', '/api/v1/models/unload', unload),
    row('POST', '/api/v1/models/download', download),
    row('GET', '/api/v1/models/download/status/:job', refuseJob),
    row('POST', '/api/v1/chat', refuseChat),
  ];
}

function listModels({ inference }: DialectOptions): object {
  return { object: 'list', data: inference.listModels().flatMap((model) => encodeEntry(model) ?? []) };
}

function showModel({ inference }: DialectOptions, request: FastifyRequest): object {
  const { '*': name } = request.params as { '*': string };
  const model = inference.findModel(name);
  const entry = encodeEntry(model);
  if (entry) return entry;
  throw new AppError('model-not-found', `${model.id} ranks documents, and LM Studio has no such models.`, {
    hint: 'Use it at /v1/rerank.',
    data: { model: model.id },
  });
}

function listDetailed({ inference }: DialectOptions): object {
  return { models: inference.listModels().flatMap((model) => encodeDetailedEntry(model) ?? []) };
}

async function load(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { inference } = options;
  const { body, exchange, headers } = begin(options, request, { endpoint: 'lm-studio-load', schema: loadSchema });
  const { context_length: contextSize, ttl } = body;
  const wish = {
    model: body.model,
    ...(contextSize === undefined ? {} : { loadOptions: { contextSize } }),
    ...(ttl === undefined ? {} : { keepAliveMs: Math.round(ttl * 1000) }),
  };
  const model = await inference.load(wish, exchange);
  exchange.notes.model = model.id;
  void reply.headers(headers);
  return {
    type: toInstanceType(model),
    instance_id: model.id,
    load_time_seconds: (performance.now() - exchange.startedAt) / 1000,
    status: 'loaded',
    ...(body.echo_load_config === true ? { load_config: { context_length: readContext(model) } } : {}),
  };
}

function readContext({ status }: ModelSummary): number | null {
  return status.state === 'loaded' ? status.contextSize : null;
}

async function unload(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { body, headers } = begin(options, request, { endpoint: 'lm-studio-unload', schema: unloadSchema });
  const { id } = await options.inference.unload(body.instance_id);
  void reply.headers(headers);
  return { instance_id: id };
}

/** A model that is there is told as fetched; there is nothing to fetch others with yet. */
function download(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): object {
  const question = { endpoint: 'lm-studio-download', schema: downloadSchema } as const;
  const { body, headers } = begin(options, request, question);
  const name = body.model.replace(/^https:\/\/huggingface\.co\//, '');
  options.inference.findModel(body.quantization === undefined ? name : `${name}/${body.quantization}`);
  void reply.headers(headers);
  return { status: 'already_downloaded' };
}

function refuseJob(): never {
  throw new AppError('not-found', 'There is no such download: Impetus cannot fetch models yet.', {
    hint: 'Download a GGUF file and add it with: impetus import FILE.gguf',
  });
}

function refuseChat(): never {
  throw new AppError('not-available', 'This form of a chat is not served.', {
    hint: 'Use /v1/chat/completions, or /v1/responses for conversations that are kept.',
  });
}

function begin<Schema extends z.ZodType>(
  options: DialectOptions,
  request: FastifyRequest,
  question: { endpoint: Endpoint; schema: Schema },
) {
  const { body, exchange, ignored } = beginRequest(request, question);
  const facts = { endpoint: question.endpoint, ignored, requestedModel: undefined, model: '' };
  return { body, exchange, headers: toHonestHeaders(request, options, facts) };
}
