import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DialectOptions } from '../../begin.ts';
import type { RouteRow } from '../../route-table.ts';
import { answer } from '../answer.ts';
import { chatShape } from '../answer-shape.ts';
import { begin, boundContext, requireThinking } from '../begin.ts';
import { answerLoad } from '../load-only.ts';
import { answerRendered } from '../render-only.ts';
import { decodeChat } from './decode.ts';
import { findIgnoredKeys } from './message-fields.ts';
import { ollamaChatSchema } from './schema.ts';

const endpoint = 'ollama-chat';

export function ollamaChatRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerChat(options, request, reply);
  return [{ method: 'POST', path: '/api/chat', access: 'inference', handler }];
}

async function answerChat(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { inference } = options;
  const begun = begin(options, request, { endpoint, schema: ollamaChatSchema });
  const { body, exchange, model, modelName } = begun;
  const decoded = decodeChat(body);
  const { applied, ...context } = boundContext(model, decoded.request.minimumContextSize);
  const generation = { ...decoded.request, ...context, model: model.id };
  const headers = begun.toHeaders({
    ignored: [...decoded.ignored, ...findIgnoredKeys(request.body)],
    applied: [...decoded.applied, ...applied],
  });
  if (!body.messages?.length) {
    const { keepAliveMs, minimumContextSize } = generation;
    const wish = { keepAliveMs, minimumContextSize };
    return answerLoad(inference, reply.headers(headers), { ...begun, wish, shape: chatShape });
  }
  requireThinking(model, { name: modelName, isWanted: generation.reasoning?.isEnabled === true });
  if (body._debug_render_only === true) {
    return answerRendered(inference, reply.headers(headers), { ...begun, request: generation });
  }
  const isStream = body.stream !== false;
  return answer(inference, reply, { request: generation, modelName, exchange, headers, isStream, shape: chatShape });
}
