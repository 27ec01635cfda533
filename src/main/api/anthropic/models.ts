import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { Inference } from '../../inference/index.ts';
import type { RouteRow } from '../route-table.ts';
import { invalidParameter, validate } from '../validate.ts';
import { encodeCapabilities } from './capabilities.ts';

export interface AnthropicModelOptions {
  inference: Pick<Inference, 'listModels' | 'findModel'>;
  /** Tokens a model holds or would hold; null: not known. */
  contextLength: (model: ModelSummary) => number | null;
}

/** The list of models as Anthropic's clients read it. */
export function anthropicModelRoutes({ inference, contextLength }: AnthropicModelOptions): RouteRow[] {
  const encode = (model: ModelSummary) => encodeModel(model, contextLength(model));
  const list = (request: FastifyRequest) => encodePage(inference.listModels().map(encode), request.query);
  const get = (request: FastifyRequest) => {
    const { '*': name } = request.params as { '*': string };
    return encode(inference.findModel(name));
  };
  return ['/v1/models', '/models'].flatMap((path): RouteRow[] => [
    { method: 'GET', path, access: 'inference', handler: list },
    { method: 'GET', path: `${path}/*`, access: 'inference', handler: get },
  ]);
}

type WireModel = ReturnType<typeof encodeModel>;

function encodeModel(model: ModelSummary, contextLength: number | null) {
  const { id, facts, addedAt } = model;
  return {
    type: 'model',
    id,
    display_name: facts.name || id,
    created_at: addedAt,
    max_input_tokens: contextLength,
    max_tokens: contextLength,
    capabilities: encodeCapabilities(model),
    lifecycle: 'active',
    deprecated_at: null,
    retires_at: null,
    line: null,
  };
}

const pageSchema = z.object({
  limit: z.coerce.number().int().min(1).max(1_000).optional(),
  after_id: z.string().max(512).optional(),
  before_id: z.string().max(512).optional(),
});

function encodePage(models: readonly WireModel[], query: unknown): object {
  const { limit = 1_000, after_id, before_id } = validate(pageSchema, query);
  const begin = after_id === undefined ? 0 : requirePlace(models, after_id, 'after_id') + 1;
  const end = before_id === undefined ? models.length : requirePlace(models, before_id, 'before_id');
  const within = models.slice(begin, end);
  const data = before_id === undefined ? within.slice(0, limit) : within.slice(-limit);
  return {
    data,
    has_more: data.length < within.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function requirePlace(models: readonly WireModel[], id: string, param: string): number {
  const place = models.findIndex((model) => model.id === id);
  if (place >= 0) return place;
  throw invalidParameter(param, 'there is no such model');
}
