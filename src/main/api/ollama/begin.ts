import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import type { Exchange } from '../exchange.ts';
import type { Endpoint } from '../field-table.ts';
import { findModel, toOllamaName } from './model-names.ts';

export interface Begun<Body> {
  body: Body;
  exchange: Exchange;
  model: ModelSummary;
  /** As the client named it; the model's own name when it named none. */
  modelName: string;
  /** The honest headers, with what else was found to make no difference or to be adjusted. */
  toHeaders: (notes: { ignored?: readonly string[]; applied?: readonly string[] }) => Record<string, string>;
}

/** Checks a body that names a model. Errors: those of the fields, `model-not-found`, `no-default-model`. */
export function begin<Schema extends z.ZodType<{ model?: string | undefined; name?: string | undefined }>>(
  options: DialectOptions,
  request: FastifyRequest,
  { endpoint, schema }: { endpoint: Endpoint; schema: Schema },
): Begun<z.infer<Schema>> {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema });
  const requested = body.model || body.name || undefined;
  const model = findModel(options.inference, requested);
  exchange.notes.model = model.id;
  return {
    body,
    exchange,
    model,
    modelName: requested ?? toOllamaName(model),
    toHeaders: (notes) =>
      toHonestHeaders(request, options, {
        endpoint,
        ignored: [...ignored, ...(notes.ignored ?? [])],
        applied: notes.applied ?? [],
        requestedModel: requested,
        model: model.id,
      }),
  };
}

/** Throws `capability-missing` when thinking is asked of a model that does not know it. */
export function requireThinking(model: ModelSummary, { name, isWanted }: { name: string; isWanted: boolean }): void {
  if (!isWanted || modelCapabilities(model).names.includes('reasoning')) return;
  throw new AppError('capability-missing', `${JSON.stringify(name)} does not support thinking`, {
    data: { param: 'think', model: model.id },
  });
}

/** `num_ctx` as the model can have it, and how that is told when it differs: contexts grow and never shrink. */
export function boundContext(
  { facts, status }: ModelSummary,
  wanted: number | undefined,
): { minimumContextSize?: number; applied: string[] } {
  if (wanted === undefined) return { applied: [] };
  const minimumContextSize = Math.max(16, Math.min(wanted, facts.trainedContext ?? wanted));
  const loaded = status.state === 'loaded' ? status.contextSize : 0;
  const real = Math.max(minimumContextSize, loaded);
  return { minimumContextSize, applied: real === wanted ? [] : [`options.num_ctx=${real}`] };
}
