import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Settings } from '#shared/domain/settings.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { describeModelFile } from '../../../formats/index.ts';
import type { DialectOptions } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { boundedJsonSchema } from '../../bounded-json.ts';
import { toContextLength } from '../../openai/models/encode.ts';
import { begin } from '../begin.ts';
import { modelFieldSchema } from '../model-field.ts';
import { isTagged, toOllamaName } from '../model-names.ts';
import { encodeRunning, encodeTag } from './encode.ts';
import { encodeShown } from './show.ts';

/** The version of Ollama whose API this is: clients refuse what is too old, comparing numbers between dots. */
const spokenVersion = '0.24.0';

const showSchema = z.object({
  model: modelFieldSchema,
  name: modelFieldSchema,
  verbose: z.boolean().optional(),
  options: boundedJsonSchema.optional(),
});

export interface ModelRouteOptions extends DialectOptions {
  settings: { get(): Settings };
  /** Names that the user gave to a model. */
  userAliases: (id: string) => readonly string[];
}

export function ollamaModelRoutes(options: ModelRouteOptions): RouteRow[] {
  const show = (request: FastifyRequest, reply: FastifyReply) => answerShow(options, request, reply);
  return [
    { method: 'GET', path: '/api/version', access: 'open', handler: () => ({ version: spokenVersion }) },
    { method: 'GET', path: '/api/tags', access: 'inference', handler: () => listTags(options) },
    { method: 'GET', path: '/api/ps', access: 'inference', handler: () => listRunning(options) },
    { method: 'POST', path: '/api/show', access: 'inference', handler: show },
  ];
}

/** Every model once, and once more for each tagged name that the user gave it. */
function listTags({ inference, userAliases }: ModelRouteOptions): object {
  return {
    models: inference
      .listModels()
      .flatMap((model) => namesOf(model, userAliases).map((name) => encodeTag(model, name))),
  };
}

function namesOf(model: ModelSummary, userAliases: ModelRouteOptions['userAliases']): string[] {
  const given = userAliases(model.id).map((alias) => (isTagged(alias) ? alias : `${alias}:latest`));
  return [...new Set([toOllamaName(model), ...given])];
}

/** The one that stays longest comes first. */
function listRunning({ inference, settings }: ModelRouteOptions): object {
  const { idleUnloadMinutes } = settings.get();
  const facts = { idleUnloadMinutes, now: Date.now() };
  const entries = inference.listModels().flatMap((model) => encodeRunning(model, facts) ?? []);
  return { models: entries.sort((left, right) => (left.expires_at < right.expires_at ? 1 : -1)) };
}

async function answerShow(options: ModelRouteOptions, request: FastifyRequest, reply: FastifyReply): Promise<object> {
  const { settings } = options;
  const { body, model, toHeaders } = begin(options, request, { endpoint: 'ollama-show', schema: showSchema });
  void reply.headers(toHeaders({}));
  const file = await describeModelFile(model.path);
  const contextSize = toContextLength(model, settings.get());
  return encodeShown({ model, file, contextSize, isVerbose: body.verbose === true });
}
