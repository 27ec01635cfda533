import type { FastifyReply } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../../inference/index.ts';
import { collect } from '../collect.ts';
import type { Exchange } from '../exchange.ts';
import { locateRefusal } from '../locate-refusal.ts';
import { relay } from '../relay.ts';
import { AnswerLines } from './answer-lines.ts';
import { AnswerLog } from './answer-log.ts';
import type { AnswerShape } from './answer-shape.ts';
import { openLineStream } from './lines.ts';

export interface Answer {
  request: GenerationRequest;
  /** As the client named the model. */
  modelName: string;
  exchange: Exchange;
  headers: Readonly<Record<string, string>>;
  isStream: boolean;
  shape: AnswerShape;
  /** Where the answer tells token ids, those of the prompt come from here. */
  readPromptTokens?: (() => Promise<number[]>) | undefined;
}

/** Generates and answers, line by line or as a whole. */
export async function answer(inference: Inference, reply: FastifyReply, wanted: Answer): Promise<unknown> {
  const { request, exchange, headers, shape, readPromptTokens } = wanted;
  const log = new AnswerLog(readPromptTokens);
  const lines = new AnswerLines({
    ...{ model: wanted.modelName, shape, log, arrivedAt: exchange.startedAt },
    withContext: readPromptTokens !== undefined,
  });
  const run = log.follow(inference.generate(request, exchange));
  try {
    if (wanted.isStream) {
      const openStream = () => openLineStream(reply, headers);
      const [finish] = await relay([run], { exchange, words: lines, openStream });
      if (finish) exchange.notes.usage = finish.usage;
      return reply;
    }
    const [collected] = await collect([run], exchange);
    if (!collected) return reply;
    exchange.notes.usage = collected.finish.usage;
    return reply.headers(headers).type('application/json; charset=utf-8').send(lines.encodeWhole(collected));
  } catch (error) {
    throw locateRefusal(error, 'format');
  }
}
