import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import type { RouteRow } from '../route-table.ts';
import { decodeDetokenizeRequest, decodeTokenizeRequest } from './decode.ts';
import { encodeTokens } from './encode.ts';
import { detokenizeRequestSchema, tokenizeRequestSchema } from './schema.ts';

export function llamaServerRoutes(options: DialectOptions): RouteRow[] {
  const tokenize = (request: FastifyRequest, reply: FastifyReply) => answerTokenize(options, request, reply);
  const detokenize = (request: FastifyRequest, reply: FastifyReply) => answerDetokenize(options, request, reply);
  return [
    { method: 'POST', path: '/tokenize', access: 'inference', handler: tokenize },
    { method: 'POST', path: '/v1/tokenize', access: 'inference', handler: tokenize },
    { method: 'POST', path: '/detokenize', access: 'inference', handler: detokenize },
    { method: 'POST', path: '/v1/detokenize', access: 'inference', handler: detokenize },
  ];
}

async function answerTokenize(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const endpoint = 'llama-tokenize';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: tokenizeRequestSchema });
  const model = options.inference.findModel(body.model).id;
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model }));
  const result = await options.inference.tokenize(decodeTokenizeRequest(body), exchange);
  return encodeTokens(result, body.with_pieces === true);
}

async function answerDetokenize(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const endpoint = 'llama-detokenize';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: detokenizeRequestSchema });
  const model = options.inference.findModel(body.model).id;
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model }));
  return { content: await options.inference.detokenize(decodeDetokenizeRequest(body), exchange) };
}
