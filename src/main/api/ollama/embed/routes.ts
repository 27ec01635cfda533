import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DialectOptions } from '../../begin.ts';
import { shortenVector } from '../../openai/embeddings/encode.ts';
import type { Exchange } from '../../exchange.ts';
import type { Inference } from '../../../inference/index.ts';
import type { RouteRow } from '../../route-table.ts';
import { begin, boundContext, type Begun } from '../begin.ts';
import { toNanoseconds } from '../metrics.ts';
import { decodeOptions } from '../options.ts';
import { embedCut, type CutResult, type EmbedWish } from './cut-input.ts';
import { ollamaEmbedSchema, ollamaEmbeddingsSchema, type OllamaEmbedRequest } from './schema.ts';

export function ollamaEmbedRoutes(options: DialectOptions): RouteRow[] {
  const many = (request: FastifyRequest, reply: FastifyReply) => answerEmbed(options, request, reply);
  const one = (request: FastifyRequest, reply: FastifyReply) => answerEmbeddings(options, request, reply);
  return [
    { method: 'POST', path: '/api/embed', access: 'inference', handler: many },
    { method: 'POST', path: '/api/embeddings', access: 'inference', handler: one },
  ];
}

async function answerEmbed(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { inference } = options;
  const begun = begin(options, request, { endpoint: 'ollama-embed', schema: ollamaEmbedSchema });
  const { body, exchange, model, modelName } = begun;
  const inputs = toInputs(body.input);
  const wish = { model: model.id, inputs, keepAliveMs: body.keep_alive };
  const { ignored, applied } = await load(options, begun, inputs.length > 0);
  const loadedAt = performance.now();
  const result = await embed(inference, wish, { exchange, mayCut: body.truncate !== false });
  const available = result.vectors[0]?.length ?? 0;
  const dimensions = toDimensions(body, available);
  const notes = [
    ...(result.cut > 0 ? [`truncate=${result.cut}`] : []),
    ...(body.dimensions && body.dimensions > dimensions ? [`dimensions=${dimensions}`] : []),
  ];
  void reply.headers(begun.toHeaders({ ignored, applied: [...applied, ...notes] }));
  return {
    model: modelName,
    embeddings: result.vectors.map((vector) => shortenVector(vector, dimensions)),
    total_duration: toNanoseconds(performance.now() - exchange.startedAt),
    load_duration: toNanoseconds(loadedAt - exchange.startedAt),
    prompt_eval_count: result.tokenCounts.reduce((sum, count) => sum + count, 0),
  };
}

/** One empty text asks for nothing. */
function toInputs(input: OllamaEmbedRequest['input']): string[] {
  if (input === undefined || input === '') return [];
  return typeof input === 'string' ? [input] : input;
}

/** Ollama gives all there are where more are asked for. */
function toDimensions({ dimensions = 0 }: OllamaEmbedRequest, available: number): number {
  return dimensions === 0 || dimensions > available ? available : dimensions;
}

async function answerEmbeddings(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { inference } = options;
  const begun = begin(options, request, { endpoint: 'ollama-embeddings', schema: ollamaEmbeddingsSchema });
  const { body, exchange, model } = begun;
  const { prompt = '' } = body;
  void reply.headers(begun.toHeaders(await load(options, begun, prompt !== '')));
  if (prompt === '') return { embedding: [] };
  const { vectors } = await inference.embed(
    { model: model.id, inputs: [prompt], keepAliveMs: body.keep_alive },
    exchange,
  );
  return { embedding: vectors[0] ?? [] };
}

type Loading = Pick<OllamaEmbedRequest, 'options' | 'keep_alive'>;

/** Brings the model into memory first, so that its time can be told apart. A use that follows decides how long it stays. */
async function load(
  { inference }: DialectOptions,
  { body, exchange, model }: Begun<Loading>,
  isUsed: boolean,
): Promise<{ ignored: string[]; applied: string[] }> {
  const { minimumContextSize, ignored } = decodeOptions(body.options);
  const { applied, ...context } = boundContext(model, minimumContextSize);
  const keepAliveMs = isUsed ? undefined : body.keep_alive;
  if (!isUsed && keepAliveMs === 0) await inference.unload(model.id);
  else await inference.load({ model: model.id, keepAliveMs, ...context }, exchange);
  const idle = Object.keys(body.options ?? {}).filter((name) => name !== 'num_ctx' && body.options?.[name] !== null);
  return { ignored: [...new Set([...ignored, ...idle.map((name) => `options.${name}`)])], applied };
}

async function embed(
  inference: Inference,
  wish: EmbedWish,
  { exchange, mayCut }: { exchange: Exchange; mayCut: boolean },
): Promise<CutResult> {
  if (wish.inputs.length === 0) return { vectors: [], tokenCounts: [], cut: 0 };
  if (mayCut) return embedCut(inference, wish, exchange);
  return { ...(await inference.embed(wish, exchange)), cut: 0 };
}
