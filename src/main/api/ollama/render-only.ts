import type { FastifyReply } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../../inference/index.ts';
import type { Begun } from './begin.ts';

/** `_debug_render_only`: the prompt as the model would read it, in place of an answer. */
export async function answerRendered(
  inference: Inference,
  reply: FastifyReply,
  { model, modelName, exchange, request }: Begun<unknown> & { request: GenerationRequest },
): Promise<unknown> {
  const { prompt, reasoning } = request;
  const { text } = await inference.render({ model: model.id, prompt, reasoning }, exchange);
  return reply.send({
    model: modelName,
    created_at: new Date().toISOString(),
    _debug_info: { rendered_template: text },
  });
}
