import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../../../inference/index.ts';
import type { Exchange } from '../../exchange.ts';
import type { RouteRow } from '../../route-table.ts';
import { createAnswerHead } from '../answer.ts';
import { answerGeneration } from '../answer-generation.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import { decodeCompletionRequest } from './decode.ts';
import { CompletionChunks, encodeTextCompletion } from './encode.ts';
import { completionRequestSchema } from './schema.ts';

const endpoint = 'openai-completions';

export function completionRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerCompletion(options, request, reply);
  return [
    { method: 'POST', path: '/v1/completions', access: 'inference', handler },
    { method: 'POST', path: '/completions', access: 'inference', handler },
  ];
}

async function answerCompletion(
  options: DialectOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { inference, version } = options;
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: completionRequestSchema });
  const model = inference.findModel(body.model).id;
  exchange.notes.model = model;
  if (body.stream_options !== undefined && body.stream !== true) ignored.push('stream_options');
  const headers = toHonestHeaders(request, options, { endpoint, ignored, requestedModel: body.model, model });
  const requests = decodeCompletionRequest(body).map((each) => ({ ...each, model }));
  const shape = {
    choicesPerPrompt: body.n ?? 1,
    echoes: body.echo === true ? await readEchoes(inference, exchange, requests) : undefined,
  };
  const head = createAnswerHead('cmpl', body.model ?? model, version);
  const includeUsage = body.stream_options?.include_usage === true;
  return answerGeneration(inference, reply, {
    requests,
    choicesPerPrompt: shape.choicesPerPrompt,
    exchange,
    headers,
    stream: body.stream === true ? new CompletionChunks(head, shape, includeUsage) : undefined,
    encodeWhole: (collected) => encodeTextCompletion(head, shape, collected),
  });
}

/** The prompts as text; token ids are turned back by the model's own vocabulary. */
function readEchoes(
  inference: Inference,
  exchange: Exchange,
  requests: readonly GenerationRequest[],
): Promise<string[]> {
  return Promise.all(
    requests.map(async ({ model, prompt }) => {
      switch (prompt.type) {
        case 'text':
          return prompt.text;
        case 'tokens':
          return inference.detokenize({ model, tokens: prompt.tokens }, exchange);
        case 'chat':
          return '';
        default:
          return prompt satisfies never;
      }
    }),
  );
}
