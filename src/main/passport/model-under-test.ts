import type { FinishReason, GenerationRequest, Prompt, Timings, Usage } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { EmbedResult, InstanceInfo } from '../engine-port/index.ts';

/** A question without its model. */
export type Question = Omit<GenerationRequest, 'model' | 'keepAliveMs'>;

/** One whole answer as a client gets it. */
export interface Answer {
  text: string;
  reasoning: string;
  /** Complete calls only; arguments are JSON text. */
  calls: { name: string; arguments: string }[];
  /** Ids of all tokens of the answer, in their order. */
  tokens: number[];
  reason: FinishReason;
  stopText: string | undefined;
  usage: Usage;
  timings: Timings;
  /** From the question to the first token, in ms. */
  firstTokenMs: number;
}

/** A prompt as the model reads it. */
export interface ReadPrompt {
  tokenCount: number;
  /** All of it, what the chat template wrote included. */
  text: string;
}

/** What the checks see of a model: the same door that clients use. */
export interface ModelUnderTest {
  readonly record: ModelRecord;
  readonly info: InstanceInfo;
  /** `onToken` is called with the first token. Errors: as `Inference.generate`. */
  ask(question: Question, onToken?: () => void): Promise<Answer>;
  read(prompt: Prompt): Promise<ReadPrompt>;
  tokenize(text: string): Promise<number[]>;
  detokenize(tokens: number[]): Promise<string>;
  embed(inputs: string[]): Promise<EmbedResult>;
  /** A word that no prompt has held before: nothing behind it can come from a cache. */
  nonce(): string;
}

/** A sentence put to the model in its own form: as a message where it chats, else as the text to continue. */
export function toPrompt({ record }: Pick<ModelUnderTest, 'record'>, text: string): Prompt {
  if (!record.facts.hasChatTemplate) return { type: 'text', text };
  return { type: 'chat', messages: [{ role: 'user', content: text }] };
}

/** The likeliest answer to a prompt, at most so many tokens long. */
export function plainQuestion(prompt: Prompt, maxTokens: number): Question {
  return { prompt, sampling: { temperature: 0 }, stops: [], maxTokens };
}
