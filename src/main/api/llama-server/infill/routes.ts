import type { FastifyReply, FastifyRequest } from 'fastify';
import { beginRequest, toHonestHeaders, type DialectOptions } from '../../begin.ts';
import { answerGeneration } from '../../answer-generation.ts';
import { decodeCount, decodeExtras, findIdleFields } from '../../openai/generation-fields.ts';
import { findOutputField } from '../../openai/output-fields.ts';
import { toChoiceRequest } from '../../openai/sampling-fields.ts';
import type { RouteRow } from '../../route-table.ts';
import { encodeNativeAnswer, NativeChunks, type NativeHead } from '../native-answer.ts';
import { decodeInfillRequest } from './decode.ts';
import { infillRequestSchema } from './schema.ts';

const endpoint = 'llama-infill';

/** llama-server's filling of a gap, as llama.vim and llama.vscode ask for it. */
export function infillRoutes(options: DialectOptions): RouteRow[] {
  const handler = (request: FastifyRequest, reply: FastifyReply) => answerInfill(options, request, reply);
  return [
    { method: 'POST', path: '/infill', access: 'inference', handler },
    { method: 'POST', path: '/v1/infill', access: 'inference', handler },
  ];
}

async function answerInfill(options: DialectOptions, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { body, exchange, ignored } = beginRequest(request, { endpoint, schema: infillRequestSchema });
  const decoded = decodeInfillRequest(body);
  const model = options.inference.requireModelId(body.model);
  exchange.notes.model = model;
  const headers = toHonestHeaders(request, options, {
    endpoint,
    ignored: [...ignored, ...findIdleFields(body)],
    requestedModel: body.model,
    model,
  });
  const head: NativeHead = {
    model: body.model ?? model,
    withProbabilities: decoded.tokenProbabilities !== undefined,
  };
  const choices = decodeCount(body);
  return answerGeneration(options.inference, reply, {
    requests: Array.from({ length: choices }, (_, choice) => toChoiceRequest({ ...decoded, model }, choice)),
    choicesPerPrompt: choices,
    exchange,
    headers,
    outputField: () => findOutputField(body),
    stream: body.stream === true ? new NativeChunks(head, decodeExtras(body)) : undefined,
    encodeWhole: (collected) => encodeNativeAnswer(head, collected),
  });
}
