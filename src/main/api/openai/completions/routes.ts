import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Inference } from '../../../inference/index.ts';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import type { Exchange } from '../../exchange.ts';
import type { RouteRow } from '../../route-table.ts';
import { bindAddendum, encodeWith, type GeneratingOptions } from '../addendum.ts';
import { createAnswerHead } from '../answer.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { decodeExtras, findIdleFields } from '../generation-fields.ts';
import { findOutputField } from '../output-fields.ts';
import { CompletionChunks } from './chunks.ts';
import { decodeChoices, decodeCompletionRequest, decodeLogprobs } from './decode.ts';
import { encodeTextCompletion, type CompletionShape } from './encode.ts';
import { readEchoes } from './echo.ts';
import { completionRequestSchema, type CompletionRequest } from './schema.ts';

const endpoint = 'openai-completions';

export function completionRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerCompletion(options, request, reply);
  return [
    { method: 'POST', path: '/v1/completions', access: 'inference', handler },
    { method: 'POST', path: '/completions', access: 'inference', handler },
  ];
}

export async function answerCompletion(
  options: GeneratingOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { inference, version } = options;
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: completionRequestSchema });
  const model = inference.requireModelId(body.model);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIdleFields(body)],
    requestedModel: body.model,
    model,
  });
  const requests = decodeCompletionRequest(body).map((each) => ({ ...each, model }));
  const shape = await createShape(body, requests, { inference, exchange });
  const head = createAnswerHead('cmpl', body.model ?? model, version);
  const includeUsage = body.stream_options?.include_usage === true;
  const addendum = bindAddendum(options, model);
  const chunkOptions = { head, shape, includeUsage, extras: decodeExtras(body), addendum };
  return answerGeneration(inference, reply, {
    requests,
    choicesPerPrompt: shape.generated,
    exchange,
    headers,
    outputField: () => findOutputField(body),
    stream: body.stream === true ? new CompletionChunks(chunkOptions) : undefined,
    encodeWhole: (collected) => encodeWith(addendum, encodeTextCompletion(head, shape, collected), collected),
  });
}

async function createShape(
  body: CompletionRequest,
  requests: readonly GenerationRequest[],
  means: { inference: Inference; exchange: Exchange },
): Promise<CompletionShape> {
  return {
    ...decodeChoices(body),
    echoes: body.echo === true ? await readEchoes(requests, means) : undefined,
    withLogprobs: decodeLogprobs(body) !== undefined,
  };
}
