import type { FastifyReply } from 'fastify';
import type { GenerationRequest } from '#shared/domain/generation.ts';
import type { Inference } from '../inference/index.ts';
import { collect, type Collected } from './collect.ts';
import { EventStream } from './event-stream.ts';
import type { Exchange } from './exchange.ts';
import { relay, type FinishEvent, type StreamWords } from './relay.ts';
import { locateRefusal } from './locate-refusal.ts';
import { sumFinishes } from './openai/usage.ts';

export interface GenerationAnswer {
  /** One per choice, `choicesPerPrompt` for each prompt. */
  requests: readonly GenerationRequest[];
  choicesPerPrompt: number;
  exchange: Exchange;
  headers: Readonly<Record<string, string>>;
  /** Undefined asks for the whole answer at once. */
  stream: StreamWords | undefined;
  /** The field that says what the answer has to be: faults of its schema are told by it. */
  outputField: () => string | undefined;
  encodeWhole: (collected: readonly Collected[]) => string;
}

/** Generates every choice and answers, as a stream or as a whole. */
export async function answerGeneration(
  inference: Inference,
  reply: FastifyReply,
  answer: GenerationAnswer,
): Promise<unknown> {
  try {
    return await generateAndSend(inference, reply, answer);
  } catch (error) {
    throw locateRefusal(error, answer.outputField());
  }
}

async function generateAndSend(
  inference: Inference,
  reply: FastifyReply,
  { requests, choicesPerPrompt, exchange, headers, stream, encodeWhole }: GenerationAnswer,
): Promise<unknown> {
  const runs = requests.map((request) => inference.generate(request, exchange));
  const note = (finishes: readonly FinishEvent[]) => {
    if (finishes.length > 0) exchange.notes.usage = sumFinishes(finishes, choicesPerPrompt).usage;
  };
  if (!stream) {
    const collected = await collect(runs, exchange);
    note(collected.map(({ finish }) => finish));
    return reply.headers(headers).type('application/json; charset=utf-8').send(encodeWhole(collected));
  }
  const openStream = () => {
    reply.hijack();
    return new EventStream({ response: reply.raw, headers, keepAliveFrame: stream.encodeKeepAlive?.bind(stream) });
  };
  note(await relay(runs, { exchange, words: stream, openStream }));
  return reply;
}
