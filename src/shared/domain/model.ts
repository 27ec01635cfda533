import { z } from 'zod';
import { samplingSchema } from './generation.ts';
import { passportSummarySchema } from './passport.ts';

export const modelFormatSchema = z.enum(['gguf']);
export type ModelFormat = z.infer<typeof modelFormatSchema>;

/** `new` until a first load succeeded in a child, then `proven`; `quarantined` after repeated crashes. */
export const modelTrustSchema = z.enum(['new', 'proven', 'quarantined']);
export type ModelTrust = z.infer<typeof modelTrustSchema>;

/** What the file itself says, read by Impetus' own bounded reader before any library sees it. Sizes in bytes. */
export const modelFactsSchema = z.strictObject({
  format: modelFormatSchema,
  architecture: z.string(),
  /** `general.name` of the file, or its stem. */
  name: z.string(),
  quantization: z.string(),
  parameterCount: z.number().nullable(),
  trainedContext: z.int().nullable(),
  layerCount: z.int().nullable(),
  embeddingSize: z.int().nullable(),
  vocabularySize: z.int().nullable(),
  /** Key/value cache bytes of one token in f16, from the header; null where the architecture is unknown. */
  kvBytesPerToken: z.number().nullable(),
  hasChatTemplate: z.boolean(),
  /** What the file declares the model to be made for. */
  traits: z
    .strictObject({
      /** `vectors` and `scores`: it embeds or ranks texts and writes none. */
      gives: z.enum(['text', 'vectors', 'scores']),
      /** Its chat template shows tools to the model. */
      presentsTools: z.boolean(),
      /** Its chat template knows thinking. */
      thinks: z.boolean(),
      /** Its vocabulary has the tokens for filling in the middle. */
      fillsIn: z.boolean(),
    })
    .optional(),
  /** `general.sampling.*` of the file, where it recommends some. */
  sampling: z.strictObject({
    temperature: z.number().optional(),
    topK: z.int().optional(),
    topP: z.number().optional(),
    minP: z.number().optional(),
    xtcProbability: z.number().optional(),
    xtcThreshold: z.number().optional(),
    repeatPenalty: z.number().optional(),
    repeatLastN: z.int().optional(),
    mirostat: z.int().optional(),
    mirostatTau: z.number().optional(),
    mirostatEta: z.number().optional(),
  }),
});
export type ModelFacts = z.infer<typeof modelFactsSchema>;

/** A model the library owns or points at. `id` is the wire id (decisions: ids). */
export const modelRecordSchema = z.strictObject({
  id: z.string().min(1),
  aliases: z.array(z.string()),
  path: z.string(),
  sizeBytes: z.number(),
  sha256: z.string().nullable(),
  facts: modelFactsSchema,
  trust: modelTrustSchema,
  addedAt: z.string(),
});
export type ModelRecord = z.infer<typeof modelRecordSchema>;

export const enginePlacementSchema = z.enum(['main', 'child']);
export type EnginePlacement = z.infer<typeof enginePlacementSchema>;

/** What the user may choose for a load; absent fields are chosen from model and machine. */
export const loadOptionsSchema = z.strictObject({
  /** Tokens one sequence can hold. */
  contextSize: z.int().min(16).optional(),
  /** Parallel sequences, 1 to 4 unless set. */
  slots: z.int().min(1).max(64).optional(),
  threads: z.int().min(1).max(512).optional(),
  gpuLayers: z.union([z.literal('auto'), z.int().min(0)]).optional(),
  placement: z.enum(['auto', 'main', 'child']).optional(),
  /** True: where an answer repeats what stood before it is guessed, while that is quicker. Default: false. */
  speculation: z.boolean().optional(),
  /** LoRA adapters for the model; their places in the list are their ids. `scale` holds where a request says nothing: 1. */
  adapters: z
    .array(z.strictObject({ path: z.string().min(1), scale: z.number().min(-100).max(100).optional() }))
    .max(16)
    .optional(),
});
export type LoadOptions = z.infer<typeof loadOptionsSchema>;

/** What the user settled for one model. */
export const modelOverridesSchema = z.strictObject({
  /** How the model is loaded; absent fields are chosen by Impetus. */
  load: loadOptionsSchema,
  /** Sampling that holds for this model unless a request says otherwise. */
  sampling: samplingSchema.partial(),
  /** Further names that clients may use. */
  aliases: z.array(z.string().min(1).max(200)).max(100),
});
export type ModelOverrides = z.infer<typeof modelOverridesSchema>;

/** Where a model stands in memory. */
export const modelStateSchema = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('unloaded') }),
  z.strictObject({ state: z.literal('loading'), progress: z.number().min(0).max(1) }),
  z.strictObject({
    state: z.literal('loaded'),
    placement: enginePlacementSchema,
    device: z.string(),
    contextSize: z.int(),
    slots: z.int(),
    memoryBytes: z.number(),
    activeRequests: z.int(),
    /** ISO time of the idle unload; null when pinned or busy. */
    unloadsAt: z.string().nullable(),
    pid: z.int().nullable(),
  }),
  z.strictObject({ state: z.literal('unloading') }),
  z.strictObject({ state: z.literal('failed'), code: z.string(), message: z.string() }),
]);
export type ModelState = z.infer<typeof modelStateSchema>;

/** A model as the UI, the CLI and /v1/models list it. */
export const modelSummarySchema = z.strictObject({
  ...modelRecordSchema.shape,
  isDefault: z.boolean(),
  status: modelStateSchema,
  /** What was measured of it on this machine; absent until then. */
  passport: passportSummarySchema.optional(),
});
export type ModelSummary = z.infer<typeof modelSummarySchema>;
