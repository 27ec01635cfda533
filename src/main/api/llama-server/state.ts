import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { describeModelFile } from '../../formats/index.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../begin.ts';
import { toContextLength } from '../openai/models/encode.ts';
import type { RouteRow } from '../route-table.ts';
import { modelNameSchema, validate } from '../validate.ts';
import { encodeSettings } from './settings-words.ts';

export interface StateOptions extends DialectOptions {
  settings: { get(): Settings };
}

const querySchema = z.object({ model: modelNameSchema.optional(), fail_on_no_slot: z.string().optional() });
const modelSchema = z.object({ model: modelNameSchema });

/** What llama-server tells of itself, and its router's way to load and unload. */
export function stateRoutes(options: StateOptions): RouteRow[] {
  const props = (request: FastifyRequest) => answerProps(options, request);
  const slots = (request: FastifyRequest) => answerSlots(options, request);
  const load = async (request: FastifyRequest, reply: FastifyReply) => {
    const { model, exchange, headers } = begin(options, request, 'llama-load');
    await options.inference.load({ model }, exchange);
    return reply.headers(headers).send({ success: true });
  };
  const unload = async (request: FastifyRequest, reply: FastifyReply) => {
    const { model, headers } = begin(options, request, 'llama-unload');
    await options.inference.unload(model);
    return reply.headers(headers).send({ success: true });
  };
  return [
    { method: 'GET', path: '/props', access: 'inference', handler: props },
    { method: 'GET', path: '/slots', access: 'inference', handler: slots },
    { method: 'POST', path: '/models/load', access: 'inference', handler: load },
    { method: 'POST', path: '/models/unload', access: 'inference', handler: unload },
  ];
}

/** The model that is meant; the headers say what was not taken as it was sent. */
function begin(options: StateOptions, request: FastifyRequest, endpoint: 'llama-load' | 'llama-unload') {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: modelSchema });
  const model = options.inference.requireModelId(body.model);
  const headers = toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model });
  return { model, exchange, headers };
}

/** Clients read the context from `default_generation_settings.n_ctx`. */
async function answerProps({ inference, settings, version }: StateOptions, request: FastifyRequest): Promise<object> {
  const { model: name } = validate(querySchema, request.query);
  const model = inference.findModel(name);
  const { metadata } = await describeModelFile(model.path);
  const template = metadata.get('tokenizer.chat_template');
  const { status } = model;
  return {
    default_generation_settings: {
      id: 0,
      n_ctx: toContextLength(model, settings.get()),
      speculative: false,
      is_processing: status.state === 'loaded' && status.activeRequests > 0,
      params: encodeSettings({ sampling: inference.effectiveSampling(model.id, {}) }),
    },
    total_slots: status.state === 'loaded' ? status.slots : 0,
    model_alias: model.id,
    model_path: model.path,
    modalities: { vision: false, audio: false },
    chat_template: typeof template === 'string' ? template : '',
    build_info: `impetus-${version}`,
    is_sleeping: status.state !== 'loaded',
  };
}

/** The sequences of a model in memory; with `fail_on_no_slot` 503 when none is idle. */
async function answerSlots({ inference }: StateOptions, request: FastifyRequest): Promise<object> {
  const { model: name, fail_on_no_slot: mustBeIdle } = validate(querySchema, request.query);
  const model = inference.findModel(name);
  const slots = await listSlots(inference, model);
  if (mustBeIdle === '1' && !slots.some(({ is_processing: isBusy }) => !isBusy)) {
    throw new AppError('queue-full', 'No slot is idle.', { hint: 'Ask again when a request has ended.' });
  }
  return slots;
}

interface WireSlot {
  id: number;
  id_task: number;
  n_ctx: number;
  speculative: boolean;
  is_processing: boolean;
  /** Tokens whose key/value state it holds. */
  n_past: number;
  params: object;
}

async function listSlots(inference: DialectOptions['inference'], { id, status }: ModelSummary): Promise<WireSlot[]> {
  const stats = await inference.stats(id);
  if (!stats || status.state !== 'loaded') return [];
  const params = encodeSettings({ sampling: inference.effectiveSampling(id, {}) });
  return stats.sequences.map((sequence) => ({
    id: sequence.id,
    id_task: -1,
    n_ctx: status.contextSize,
    speculative: false,
    is_processing: sequence.state !== 'idle',
    n_past: sequence.heldTokens,
    params,
  }));
}
