import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { beginInput, settle, type ResponseRouteOptions } from './begin-input.ts';
import { answerCompact } from './compact.ts';
import { decodeResponseRequest, findIdleFields, wantsSummary } from './decode.ts';
import { encodeWholeResponse } from './encode.ts';
import { ResponseEvents } from './events.ts';
import { createResponseId } from './ids.ts';
import type { ResponseFacts, ResponseObject } from './response-object.ts';
import { responseRequestSchema } from './schema.ts';
import { storedResponseRoutes } from './stored-routes.ts';

/** The Responses API. */
export function responseRoutes(options: ResponseRouteOptions): RouteRow[] {
  const create = (request: FastifyRequest, reply: FastifyReply) => answerResponse(options, request, reply);
  const count = (request: FastifyRequest, reply: FastifyReply) => answerCount(options, request, reply);
  const compact = (request: FastifyRequest, reply: FastifyReply) => answerCompact(options, request, reply);
  const rows = ['/v1/responses', '/responses'].flatMap((path): RouteRow[] => [
    { method: 'POST', path, access: 'inference', handler: create },
    { method: 'POST', path: `${path}/input_tokens`, access: 'inference', handler: count },
    { method: 'POST', path: `${path}/compact`, access: 'inference', handler: compact },
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
  const { input, model, headers, exchange } = beginInput(options, request, 'openai-responses-input');
  const { prompt, reasoning } = input;
  const { tokens } = await options.inference.tokenize({ model, prompt, addSpecial: true, reasoning }, exchange);
  void reply.headers(headers);
  return { object: 'response.input_tokens', input_tokens: tokens.length };
}
