import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ResponseStore } from '../../../storage/index.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { Exchange } from '../../exchange.ts';
import type { Endpoint } from '../../field-table.ts';
import type { RouteRow } from '../../route-table.ts';
import { answerGeneration } from '../answer-generation.ts';
import { gatherConversation, type Conversation } from './conversation.ts';
import { decodeInput, decodeResponseRequest, findIdleFields, wantsSummary, type DecodedInput } from './decode.ts';
import { encodeWholeResponse } from './encode.ts';
import { ResponseEvents } from './events.ts';
import { createResponseId } from './ids.ts';
import type { ResponseFacts, ResponseObject } from './response-object.ts';
import { inputRequestSchema, responseRequestSchema, type InputRequest } from './schema.ts';
import { storedResponseRoutes } from './stored-routes.ts';

export interface ResponseRouteOptions extends DialectOptions {
  responses: ResponseStore;
}

/** The Responses API. */
export function responseRoutes(options: ResponseRouteOptions): RouteRow[] {
  const create = (request: FastifyRequest, reply: FastifyReply) => answerResponse(options, request, reply);
  const count = (request: FastifyRequest, reply: FastifyReply) => answerCount(options, request, reply);
  const rows = ['/v1/responses', '/responses'].flatMap((path): RouteRow[] => [
    { method: 'POST', path, access: 'inference', handler: create },
    { method: 'POST', path: `${path}/input_tokens`, access: 'inference', handler: count },
  ]);
  return [...rows, ...storedResponseRoutes(options)];
}

async function answerResponse(
  options: ResponseRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const endpoint = 'openai-responses';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: responseRequestSchema });
  const id = createResponseId();
  const { input, model, headers, conversation } = settle(options, request, {
    ...{ endpoint, exchange, id, body },
    ignored: [...ignored, ...findIdleFields(body)],
  });
  const generation = decodeResponseRequest(body, input);
  const facts: ResponseFacts = {
    ...{ id, body, raw: request.body },
    createdAt: Math.floor(Date.now() / 1000),
    model: body.model ?? model,
    sampling: options.inference.effectiveSampling(model, generation.sampling),
    tools: input.tools.echo,
  };
  const words = {
    responseId: id,
    origins: input.tools.origins,
    summarises: wantsSummary(body),
    seals: body.include?.includes('reasoning.encrypted_content') === true,
  };
  const keep = (response: ResponseObject) => {
    if (body.store === false) return;
    const previousId = body.previous_response_id ?? null;
    options.responses.put({ id, previousId, input: conversation.own, response });
  };
  return answerGeneration(options.inference, reply, {
    requests: [{ ...generation, model }],
    choicesPerPrompt: 1,
    exchange,
    headers,
    outputField: () => 'text.format.schema',
    stream: body.stream === true ? new ResponseEvents({ facts, words, onEnd: keep }) : undefined,
    encodeWhole: ([answer]) => {
      if (!answer) return '';
      const response = encodeWholeResponse(facts, words, answer);
      keep(response);
      return JSON.stringify(response);
    },
  });
}

async function answerCount(
  options: ResponseRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const endpoint = 'openai-responses-input';
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: inputRequestSchema });
  const id = createResponseId();
  const { input, model, headers } = settle(options, request, { endpoint, exchange, id, body, ignored });
  const { prompt, reasoning } = input;
  const { tokens } = await options.inference.tokenize({ model, prompt, addSpecial: true, reasoning }, exchange);
  void reply.headers(headers);
  return { object: 'response.input_tokens', input_tokens: tokens.length };
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
function settle(
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
