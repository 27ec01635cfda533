import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import { answerEmbeddings } from '../openai/embeddings/routes.ts';
import type { RouteRow } from '../route-table.ts';
import { invalidParameter, listSchema, modelNameSchema, textSchema } from '../validate.ts';

const tokensSchema = listSchema(z.int().nonnegative(), 1_000_000);
const contentSchema = z.union([textSchema, tokensSchema, listSchema(z.union([textSchema, tokensSchema]), 2_048)]);

const embeddingSchema = z.object({
  model: modelNameSchema.optional(),
  content: contentSchema.optional(),
  input: contentSchema.optional(),
});
type Content = z.infer<typeof contentSchema>;

const endpoint = 'llama-embedding';

/**
 * llama-server's own shape of vectors: a bare list. `/embeddings` is the path of two APIs: a body with `content`, which
 * OpenAI does not have, is answered in this one, any other in OpenAI's.
 */
export function nativeEmbeddingRoutes(options: DialectOptions): RouteRow[] {
  const native = (request: FastifyRequest, reply: FastifyReply) => answerEmbedding(options, request, reply);
  const either = (request: FastifyRequest, reply: FastifyReply) =>
    isNative(request.body) ? native(request, reply) : answerEmbeddings(options, request, reply);
  return [
    { method: 'POST', path: '/embedding', access: 'inference', handler: native },
    { method: 'POST', path: '/embeddings', access: 'inference', handler: either },
  ];
}

function isNative(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'content' in body;
}

async function answerEmbedding(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: embeddingSchema });
  const content = body.content ?? body.input;
  if (content === undefined) throw invalidParameter('content', 'it is missing');
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model }));
  const inputs = toInputs(content);
  if (inputs.length === 0) throw invalidParameter('content', 'it is empty');
  const { vectors } = await options.inference.embed({ model, inputs }, exchange);
  return vectors.map((vector, index) => ({ index, embedding: [vector] }));
}

function toInputs(content: Content): (string | number[])[] {
  if (typeof content === 'string') return [content];
  return isTokenList(content) ? [content] : content;
}

function isTokenList(content: Exclude<Content, string>): content is number[] {
  return typeof content[0] === 'number';
}
