import type { FastifyReply, FastifyRequest } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import { collect } from '../../collect.ts';
import { createResponseId, toItemId } from './ids.ts';
import { encodeResponseUsage } from './response-object.ts';
import { beginInput, type ResponseRouteOptions } from './begin-input.ts';
import { sealText } from './sealed-text.ts';

/** Tokens of the summary: enough for what matters, far less than what it stands for. */
const maxTokens = 1_024;

const task =
  'Summarise our conversation so far for yourself: another turn begins with your summary in its place. ' +
  'Keep the goal, every decision and constraint, names, paths and figures, what is done and what is still to do. ' +
  'Write only the summary.';

/** The conversation in few words of the model, as one item that a later request begins with. */
export async function answerCompact(
  options: ResponseRouteOptions,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<object> {
  const { input, model, headers, exchange } = beginInput(options, request, 'openai-responses-compact');
  const [answer] = await collect(
    [options.inference.generate(toSummaryRequest(model, input.prompt), exchange)],
    exchange,
  );
  const id = createResponseId();
  const usage = answer?.finish.usage ?? { promptTokens: 0, cachedTokens: 0, completionTokens: 0 };
  exchange.notes.usage = usage;
  void reply.headers(headers);
  return {
    id,
    object: 'response.compaction',
    created_at: Math.floor(Date.now() / 1000),
    output: [
      {
        id: toItemId('compaction', id, { side: 'o', index: 0 }),
        type: 'compaction',
        encrypted_content: sealText(answer?.text ?? ''),
      },
    ],
    usage: encodeResponseUsage(usage, answer?.reasoningTokens ?? 0),
  };
}

/** The same beginning as the conversation has, so that nothing of it is read again. */
function toSummaryRequest(model: string, prompt: GenerationRequest['prompt']): GenerationRequest {
  const messages = prompt.type === 'chat' ? prompt.messages : [];
  return {
    model,
    prompt: { type: 'chat', messages: [...messages, { role: 'user', content: task }] },
    sampling: { temperature: 0 },
    stops: [],
    maxTokens,
    reasoning: { isEnabled: false },
  };
}
