import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import type { Exchange } from '../exchange.ts';
import type { Endpoint } from '../field-table.ts';
import { findIgnoredKeys } from '../openai/chat/message-fields.ts';
import type { RouteRow } from '../route-table.ts';
import { validate } from '../validate.ts';
import { decodeApplyTemplateRequest, decodeDetokenizeRequest, decodeTokenizeRequest } from './decode.ts';
import { nativeCompletionRoutes } from './completion/routes.ts';
import { nativeEmbeddingRoutes } from './embedding.ts';
import { infillRoutes } from './infill/routes.ts';
import { encodeTokens } from './encode.ts';
import { stateRoutes, type StateOptions } from './state.ts';
import {
  applyTemplateRequestSchema,
  detokenizeRequestSchema,
  modelQuerySchema,
  tokenizeRequestSchema,
} from './schema.ts';

type Answer = (options: DialectOptions, request: FastifyRequest, reply: FastifyReply) => Promise<object>;

export function llamaServerRoutes(options: StateOptions): RouteRow[] {
  const post = (path: string, answer: Answer): RouteRow => ({
    method: 'POST',
    path,
    access: 'inference',
    handler: (request, reply) => answer(options, request, reply),
  });
  return [
    post('/tokenize', answerTokenize),
    post('/v1/tokenize', answerTokenize),
    post('/detokenize', answerDetokenize),
    post('/v1/detokenize', answerDetokenize),
    ...infillRoutes(options),
    ...nativeCompletionRoutes(options),
    ...nativeEmbeddingRoutes(options),
    ...stateRoutes(options),
    {
      method: 'GET',
      path: '/lora-adapters',
      access: 'inference',
      handler: (request) => answerAdapters(options, request),
    },
    post('/apply-template', answerApplyTemplate),
    post('/v1/apply-template', answerApplyTemplate),
  ];
}

const answerTokenize: Answer = async (options, request, reply) => {
  const question = { endpoint: 'llama-tokenize', schema: tokenizeRequestSchema } as const;
  const { body, model, exchange } = begin(options, { request, reply, question });
  const result = await options.inference.tokenize({ ...decodeTokenizeRequest(body), model }, exchange);
  return encodeTokens(result, body.with_pieces === true);
};

const answerDetokenize: Answer = async (options, request, reply) => {
  const question = { endpoint: 'llama-detokenize', schema: detokenizeRequestSchema } as const;
  const { body, model, exchange } = begin(options, { request, reply, question });
  return { content: await options.inference.detokenize({ ...decodeDetokenizeRequest(body), model }, exchange) };
};

const answerApplyTemplate: Answer = async (options, request, reply) => {
  const question = {
    endpoint: 'llama-apply-template',
    schema: applyTemplateRequestSchema,
    findIgnored: findIgnoredKeys,
  } as const;
  const { body, model, exchange } = begin(options, { request, reply, question });
  const { text } = await options.inference.render({ ...decodeApplyTemplateRequest(body), model }, exchange);
  return { prompt: text };
};

/** Their places in the list are the ids that `lora` names. */
async function answerAdapters({ inference }: DialectOptions, request: FastifyRequest): Promise<object> {
  const { model } = validate(modelQuerySchema, request.query);
  return inference.listAdapters(model).map((adapter) => ({ ...adapter, task_name: '', prompt_prefix: '' }));
}

interface Asked<Schema extends z.ZodType> {
  request: FastifyRequest;
  reply: FastifyReply;
  question: {
    endpoint: Endpoint;
    schema: Schema;
    /** What makes no difference below the top of the body. */
    findIgnored?: (raw: unknown) => string[];
  };
}

interface Begun<Body> {
  body: Body;
  /** Id of the model that answers. */
  model: string;
  exchange: Exchange;
}

/** The checked body and the model; the reply says what was not taken as it was sent. */
function begin<Body extends { model?: string | undefined }>(
  options: DialectOptions,
  { request, reply, question }: Asked<z.ZodType<Body>>,
): Begun<Body> {
  const { endpoint, findIgnored } = question;
  const { body, exchange, ignored: topIgnored } = beginRequest(request, question);
  const ignored = [...topIgnored, ...(findIgnored?.(request.body) ?? [])];
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model }));
  return { body, model, exchange };
}
