import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Prompt, ReasoningOptions } from '#shared/domain/generation.ts';
import type { Inference } from '../../../inference/index.ts';
import type { DialectOptions } from '../../begin.ts';
import type { Exchange } from '../../exchange.ts';
import type { RouteRow } from '../../route-table.ts';
import { answer } from '../answer.ts';
import { decodeAnswerFields } from '../answer-fields.ts';
import { generateShape } from '../answer-shape.ts';
import { begin, boundContext, requireThinking } from '../begin.ts';
import { answerLoad } from '../load-only.ts';
import { answerRendered } from '../render-only.ts';
import { decodePrompt } from './decode.ts';
import { continueContext } from './next-turn.ts';
import { ollamaGenerateSchema } from './schema.ts';

const endpoint = 'ollama-generate';

export function ollamaGenerateRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerGenerate(options, request, reply);
  return [{ method: 'POST', path: '/api/generate', access: 'inference', handler }];
}

async function answerGenerate(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { inference } = options;
  const begun = begin(options, request, { endpoint, schema: ollamaGenerateSchema });
  const { body, exchange, model, modelName } = begun;
  const decoded = decodeAnswerFields(body);
  const { applied, ...memory } = boundContext(model, decoded.request.minimumContextSize);
  const fields = { ...decoded.request, ...memory, model: model.id };
  const headers = begun.toHeaders({ ignored: decoded.ignored, applied: [...decoded.applied, ...applied] });
  if (!body.prompt) {
    const { keepAliveMs, minimumContextSize } = fields;
    const wish = { keepAliveMs, minimumContextSize };
    return answerLoad(inference, reply.headers(headers), { ...begun, wish, shape: generateShape });
  }
  const { reasoning } = fields;
  requireThinking(model, { name: modelName, isWanted: reasoning?.isEnabled === true });
  const turn = decodePrompt(body, { name: modelName, model });
  if (body._debug_render_only === true) {
    return answerRendered(inference, reply.headers(headers), { ...begun, request: { ...fields, prompt: turn } });
  }
  const { context = [] } = body;
  const prompt =
    context.length === 0
      ? turn
      : await continueContext(inference, { model: model.id, context, turn, reasoning }, exchange);
  return answer(inference, reply, {
    ...{ modelName, exchange, headers, shape: generateShape },
    request: { ...fields, prompt },
    isStream: body.stream !== false,
    readPromptTokens:
      body.raw === true ? undefined : () => readTokens(inference, { model: model.id, prompt, reasoning, exchange }),
  });
}

interface Tokenizing {
  model: string;
  prompt: Prompt;
  reasoning: ReasoningOptions | undefined;
  exchange: Exchange;
}

async function readTokens(inference: Inference, { exchange, ...request }: Tokenizing): Promise<number[]> {
  if (request.prompt.type === 'tokens') return request.prompt.tokens;
  const { tokens } = await inference.tokenize({ ...request, addSpecial: true }, exchange);
  return tokens;
}
