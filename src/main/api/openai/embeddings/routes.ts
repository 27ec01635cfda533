import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { decodeInputs } from './decode.ts';
import { encodeEmbeddings } from './encode.ts';
import { embeddingsRequestSchema } from './schema.ts';

const endpoint = 'openai-embeddings';

export function embeddingRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerEmbeddings(options, request, reply);
  return [{ method: 'POST', path: '/v1/embeddings', access: 'inference', handler }];
}

export async function answerEmbeddings(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: embeddingsRequestSchema });
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model }));
  const result = await options.inference.embed({ model, inputs: decodeInputs(body) }, exchange);
  return encodeEmbeddings(result, {
    model: body.model ?? model,
    isBase64: body.encoding_format === 'base64',
    dimensions: body.dimensions,
  });
}
