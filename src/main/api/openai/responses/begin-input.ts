import type { FastifyRequest } from 'fastify';
import type { ResponseStore } from '../../../storage/index.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { Exchange } from '../../exchange.ts';
import type { Endpoint } from '../../field-table.ts';
import { gatherConversation, type Conversation } from './conversation.ts';
import { decodeInput, type DecodedInput } from './decode.ts';
import { createResponseId } from './ids.ts';
import { inputRequestSchema, type InputRequest } from './schema.ts';

export interface ResponseRouteOptions extends DialectOptions {
  responses: ResponseStore;
}

export interface BegunInput extends Settled {
  exchange: Exchange;
}

/** The beginning of every request that has an input and is no answer itself. */
export function beginInput(options: ResponseRouteOptions, request: FastifyRequest, endpoint: Endpoint): BegunInput {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: inputRequestSchema });
  return { exchange, ...settle(options, request, { endpoint, exchange, id: createResponseId(), body, ignored }) };
}

interface SettleFacts {
  endpoint: Endpoint;
  exchange: Exchange;
  id: string;
  body: InputRequest;
  ignored: readonly string[];
}

interface Settled {
  input: DecodedInput;
  model: string;
  headers: Record<string, string>;
  conversation: Conversation;
}

/** What is put in, which model reads it, and the headers of the answer. */
export function settle(
  options: ResponseRouteOptions,
  request: FastifyRequest,
  { endpoint, exchange, id, body, ignored }: SettleFacts,
): Settled {
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  const { input: rawInput } = request.body as { input?: unknown };
  const conversation = gatherConversation(options.responses, { body, rawInput, responseId: id });
  const input = decodeInput(body, conversation.items);
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...input.ignored],
    requestedModel: body.model,
    model,
  });
  return { input, model, headers, conversation };
}
