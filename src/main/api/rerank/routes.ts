import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type BegunRequest, type DialectOptions } from '../begin.ts';
import type { RouteRow } from '../route-table.ts';
import { decodeRerank, decodeTextRerank, type RerankWishes } from './decode.ts';
import { countTokens, encodeRerank, encodeTextRerank } from './encode.ts';
import { rerankRequestSchema, textRerankRequestSchema } from './schema.ts';

/** Cohere's own path, whose clients expect scores between 0 and 1; elsewhere they are the model's, as llama-server's. */
const coherePath = '/v2/rerank';
const paths = ['/v1/rerank', '/rerank', '/v1/reranking', '/reranking', '/api/v1/rerank', coherePath];

export function rerankRoutes(options: DialectOptions): RouteRow[] {
  return paths.map((path) => ({
    method: 'POST',
    path,
    access: 'inference',
    handler: (request: FastifyRequest, reply: FastifyReply) => {
      if (hasTexts(request.body)) return answerTexts(options, request, reply);
      return answerDocuments({ ...options, wantsRawScores: path !== coherePath }, request, reply);
    },
  }));
}

/** Text Embeddings Inference says `texts` where everybody else says `documents`. */
function hasTexts(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'texts' in body && !('documents' in body);
}

async function answerDocuments(
  options: DialectOptions & { wantsRawScores: boolean },
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const begun = beginRequest(request, { endpoint: 'rerank', schema: rerankRequestSchema });
  const wishes = decodeRerank(begun.body, options.wantsRawScores);
  const { model, result } = await score(options, { request, reply, endpoint: 'rerank' }, { ...begun, wishes });
  return encodeRerank({ id: randomUUID(), model: wishes.model ?? model }, wishes, result);
}

async function answerTexts(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const begun = beginRequest(request, { endpoint: 'text-rerank', schema: textRerankRequestSchema });
  const wishes = decodeTextRerank(begun.body);
  const { result } = await score(options, { request, reply, endpoint: 'text-rerank' }, { ...begun, wishes });
  return encodeTextRerank(wishes, result);
}

interface Asked {
  request: FastifyRequest;
  reply: FastifyReply;
  endpoint: 'rerank' | 'text-rerank';
}

async function score(
  options: DialectOptions,
  { request, reply, endpoint }: Asked,
  { exchange, ignored, wishes }: Omit<BegunRequest<unknown>, 'body'> & { wishes: RerankWishes },
) {
  const model = options.inference.requireModelId(wishes.model);
  exchange.notes.model = model;
  void reply.headers(toHonestHeaders(request, options, { endpoint, ignored, requestedModel: wishes.model, model }));
  const { query, documents } = wishes;
  const result = await options.inference.rerank({ model, query, documents }, exchange);
  exchange.notes.usage = { promptTokens: countTokens(result), cachedTokens: 0, completionTokens: 0 };
  return { model, result };
}
