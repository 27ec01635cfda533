import type { FastifyReply } from 'fastify';
import type { Inference } from '../../inference/index.ts';
import type { AnswerShape } from './answer-shape.ts';
import type { Begun } from './begin.ts';

export interface LoadWish {
  keepAliveMs: number | undefined;
  minimumContextSize: number | undefined;
}

/** A request that says nothing loads the model; with a keep-alive of 0 it frees it. Always one JSON object. */
export async function answerLoad(
  inference: Inference,
  reply: FastifyReply,
  given: Pick<Begun<unknown>, 'model' | 'modelName' | 'exchange'> & { wish: LoadWish; shape: AnswerShape },
): Promise<unknown> {
  const { model, modelName, exchange, wish, shape } = given;
  const isUnload = wish.keepAliveMs === 0;
  if (isUnload) await inference.unload(model.id);
  else await inference.load({ model: model.id, ...wish }, exchange);
  const head = JSON.stringify({ model: modelName, created_at: new Date().toISOString() }).slice(0, -1);
  const end = JSON.stringify({ done: true, done_reason: isUnload ? 'unload' : 'load' }).slice(1);
  return reply.type('application/json; charset=utf-8').send(`${head},${shape.text('')},${end}`);
}
