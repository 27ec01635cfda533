import { z } from 'zod';
import { decodeProgramSchema } from '#shared/domain/decode-program.ts';
import {
  adapterChoicesSchema,
  outputFormatSchema,
  promptSchema,
  reasoningOptionsSchema,
  samplingSchema,
  toolChoiceSchema,
} from '#shared/domain/generation.ts';
import { enginePlacementSchema } from '#shared/domain/model.ts';

/** Load options with every choice made (scheduler/plan-load.ts). */
export const resolvedLoadOptionsSchema = z.strictObject({
  /** Tokens one sequence can hold. */
  contextSize: z.int().min(16),
  /** Requests that run at a time, each in a sequence. */
  slots: z.int().min(1).max(64),
  /** What is taken at load, when not all of it: the rest comes with the requests that need it. Default: all. */
  start: z.strictObject({ contextSize: z.int().min(16), sequences: z.int().min(1).max(64) }).optional(),
  threads: z.int().min(1),
  /** True: nobody asked for `threads`; an engine may use fewer while the machine is busy. Default: never. */
  adaptsThreads: z.boolean().optional(),
  gpu: z.enum(['auto', 'off', 'metal', 'cuda', 'vulkan']),
  gpuLayers: z.union([z.literal('auto'), z.int().min(0)]),
  /** Most tokens in one decode call. */
  batchSize: z.int().min(1),
  /** Guess what repeats, where that is quicker. Default: never. */
  speculation: z.boolean().optional(),
  /** LoRA adapters, numbered from 0. Default: none. */
  adapters: z.array(z.strictObject({ path: z.string(), scale: z.number() })).optional(),
  /** Where key/value state goes that sequences have no room for. Absent: it is lost. */
  stateCache: z
    .strictObject({
      /** Bytes in memory; 0 for none. */
      memoryBytes: z.int().min(0),
      /** Null: nothing is written. `budgetBytes` null: 8 GiB or a tenth of the free disk, the smaller one. */
      disk: z.strictObject({ folder: z.string(), budgetBytes: z.int().min(0).nullable() }).nullable(),
    })
    .optional(),
});
export type ResolvedLoadOptions = z.infer<typeof resolvedLoadOptionsSchema>;

/** One generation with every default resolved. */
export const generationTaskSchema = z.strictObject({
  prompt: promptSchema,
  sampling: samplingSchema,
  /** Null: as many as the context holds. */
  maxTokens: z.int().min(0).nullable(),
  program: decodeProgramSchema,
  /** As in `GenerationRequest`, whose defaults hold here too. */
  output: outputFormatSchema.optional(),
  toolChoice: toolChoiceSchema.optional(),
  parallelToolCalls: z.boolean().optional(),
  reasoning: reasoningOptionsSchema.optional(),
  adapters: adapterChoicesSchema.optional(),
  tokenProbabilities: z.int().min(0).optional(),
  promptProbabilities: z.int().min(0).optional(),
  /**
   * The answer's first tokens, chosen before an engine died: taken as they are, and told again from the first event on.
   * They count as part of the answer.
   */
  resumeTokens: z.array(z.int().nonnegative()).optional(),
});
export type GenerationTask = z.infer<typeof generationTaskSchema>;

export const tokenizeTaskSchema = z.strictObject({
  prompt: promptSchema,
  /** Add the model's begin-of-sequence token where its vocabulary asks for one (text prompts only). */
  addSpecial: z.boolean(),
});
export type TokenizeTask = z.infer<typeof tokenizeTaskSchema>;

export const tokenizeResultSchema = z.strictObject({
  tokens: z.array(z.int()),
  /** Text of each token; bytes that are no whole code point are given as a list. */
  pieces: z.array(z.union([z.string(), z.array(z.int())])),
});
export type TokenizeResult = z.infer<typeof tokenizeResultSchema>;

/** A prompt whose text is wanted: what the chat template makes of messages. */
export const renderTaskSchema = z.strictObject({ prompt: promptSchema });
export type RenderTask = z.infer<typeof renderTaskSchema>;

export const renderResultSchema = z.strictObject({
  text: z.string(),
  /** Tokens of the whole prompt as a generation would read it. */
  tokenCount: z.int(),
});
export type RenderResult = z.infer<typeof renderResultSchema>;

/** Texts or token lists of which each becomes one vector. */
export const embedTaskSchema = z.strictObject({
  inputs: z.array(z.union([z.string(), z.array(z.int().nonnegative())])).min(1),
});
export type EmbedTask = z.infer<typeof embedTaskSchema>;

export const embedResultSchema = z.strictObject({
  /** One for each input, in their order, of length 1. */
  vectors: z.array(z.array(z.number())),
  /** Of each input, special tokens included. */
  tokenCounts: z.array(z.int()),
});
export type EmbedResult = z.infer<typeof embedResultSchema>;

/** Documents to be scored for a query. */
export const rerankTaskSchema = z.strictObject({ query: z.string(), documents: z.array(z.string()).min(1) });
export type RerankTask = z.infer<typeof rerankTaskSchema>;

export const rerankResultSchema = z.strictObject({
  /** One for each document, in their order: the higher, the better it answers. */
  scores: z.array(z.number()),
  /** Of each pair of query and document, special tokens included. */
  tokenCounts: z.array(z.int()),
  /** The scores lie between 0 and 1 already; else any number is one. */
  areProbabilities: z.boolean(),
});
export type RerankResult = z.infer<typeof rerankResultSchema>;

export const instanceInfoSchema = z.strictObject({
  modelId: z.string(),
  engine: z.string(),
  placement: enginePlacementSchema,
  /** Process that holds the weights. */
  pid: z.int(),
  /** `cpu`, `metal`, `cuda`, `vulkan`. */
  device: z.string(),
  contextSize: z.int(),
  slots: z.int(),
  /** Most threads of a step; `InstanceStats.threads` tells how many are used now. */
  threads: z.int(),
  memory: z.strictObject({ modelBytes: z.number(), contextBytes: z.number() }),
  hasChatTemplate: z.boolean(),
  /** How the model writes tool calls: the name of its family, `generic` where its template knows none. */
  toolSyntax: z.string().optional(),
  /** Its template knows thinking. */
  canReason: z.boolean().optional(),
  /** It has tokens to fill in the middle of a text with. */
  canInfill: z.boolean().optional(),
  /** LoRA adapters it was loaded with, numbered from 0. */
  adapters: z.array(z.strictObject({ path: z.string(), scale: z.number() })).optional(),
});
export type InstanceInfo = z.infer<typeof instanceInfoSchema>;

export const instanceStatsSchema = z.strictObject({
  /** Decode calls so far. */
  steps: z.int(),
  /** How many decode calls held that many tokens. */
  batchHistogram: z.record(z.string(), z.int()),
  /** Prompt tokens really computed, over all requests. */
  prefillTokens: z.int(),
  /** Prompt tokens whose state was there already, in a sequence or in the cache. */
  reusedTokens: z.int(),
  /** Of these, the ones brought in from the cache. Absent: the engine has none. */
  restoredTokens: z.int().optional(),
  generatedTokens: z.int(),
  /** Room for key/value state, all sequences together; absent where the engine does not tell. */
  context: z
    .strictObject({
      /** Tokens there is room for now, and tokens that are held. */
      allocatedTokens: z.int(),
      usedTokens: z.int(),
      /** Contexts made since the load. */
      growths: z.int(),
      /** In 95 of 100 steps no more tokens were allocated for each one in use; null before the first step. */
      allocatedToUsedP95: z.number().nullable(),
      /** Tokens that three of four recent requests did with, and requests at a time; 0 before the first. */
      usualTokens: z.int(),
      usualSequences: z.int(),
    })
    .optional(),
  waitingRequests: z.int(),
  /** Threads of steps that hold prompt tokens, and of those that hold none; absent where the engine does not tell. */
  threads: z.strictObject({ prefill: z.int(), decode: z.int() }).optional(),
  sequences: z.array(
    z.strictObject({
      id: z.int(),
      state: z.enum(['idle', 'prefill', 'decode']),
      /** Tokens whose key/value state this sequence holds. */
      heldTokens: z.int(),
    }),
  ),
});
export type InstanceStats = z.infer<typeof instanceStatsSchema>;

export const instanceClosedSchema = z.discriminatedUnion('reason', [
  z.strictObject({ reason: z.literal('disposed') }),
  z.strictObject({ reason: z.literal('crashed'), message: z.string() }),
]);
export type InstanceClosed = z.infer<typeof instanceClosedSchema>;
