import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { Inference } from '../inference/index.ts';
import { checkFields, refuseIgnored, toHeaderList } from './check-fields.ts';
import { requireExchange, type Exchange } from './exchange.ts';
import type { Endpoint } from './field-table.ts';
import { validateFields } from './validate.ts';

export interface DialectOptions {
  inference: Inference;
  version: string;
  /** The setting `strict`: refuse fields that would be ignored. */
  isStrict: () => boolean;
}

export interface BegunRequest<Body> {
  body: Body;
  exchange: Exchange;
  /** Names of fields that make no difference. */
  ignored: string[];
}

/** Checks a body against the field table and its schema. Throws what the caller has to change. */
export function beginRequest<Schema extends z.ZodType>(
  request: FastifyRequest,
  { endpoint, schema }: { endpoint: Endpoint; schema: Schema },
): BegunRequest<z.infer<Schema>> {
  const { fields, ignored } = checkFields(endpoint, request.body);
  return { body: validateFields(schema, fields), exchange: requireExchange(request.raw), ignored };
}

export interface HonestyFacts {
  endpoint: Endpoint;
  ignored: readonly string[];
  /** As the client named it. */
  requestedModel: string | undefined;
  /** Id of the model that answers. */
  model: string;
  /** What else was not taken as it was sent, as `name=value`. */
  applied?: readonly string[];
}

/**
 * Says what was not taken as it was sent: `x-impetus-ignored`, given here, and `x-impetus-applied`, put on the answer,
 * where inference may add to it. In strict mode, by setting or by `x-impetus-strict: 1`, ignored fields throw
 * `unsupported-field` instead, and inference refuses schemas that it enforces in part only.
 */
export function toHonestHeaders(
  request: FastifyRequest,
  { isStrict }: DialectOptions,
  { endpoint, ignored, requestedModel, model, applied = [] }: HonestyFacts,
): Record<string, string> {
  const exchange = requireExchange(request.raw);
  exchange.isStrict = isStrict() || request.headers['x-impetus-strict'] === '1';
  if (exchange.isStrict) refuseIgnored(endpoint, ignored);
  const ignoredList = toHeaderList(ignored);
  const isRenamed = requestedModel !== undefined && requestedModel !== model;
  exchange.noteApplied([...(isRenamed ? [`model=${model}`] : []), ...applied]);
  return ignoredList === undefined ? {} : { 'x-impetus-ignored': ignoredList };
}
