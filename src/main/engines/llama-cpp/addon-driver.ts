import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import { AppError } from '#shared/errors/app-error.ts';
import type { BatchDriver, SamplerConfig, TokenSampler } from './batch-driver.ts';
import type { NativeVocabulary } from './native-vocabulary.ts';

/**
 * The only file that touches private parts of node-llama-cpp 3.22.1. `requirePrivateParts` checks that they are there;
 * test/native/llama-cpp-addon.test.ts pins what they do.
 */

interface AddonSampler extends TokenSampler {
  applyConfig(config: Record<string, unknown>): void;
}

interface AddonContext {
  setThreads(threads: number): void;
  initBatch(size: number): void;
  addToBatch(sequence: number, position: number, tokens: Uint32Array, scoreIndexes: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  sampleToken(scores: number, sampler: AddonSampler): Promise<number>;
  disposeSequence(sequence: number): void;
  removeTokenCellsFromSequence(sequence: number, start: number, end: number): boolean;
  getSequenceKvCacheMinPosition(sequence: number): number;
}

interface AddonModel {
  tokenize(text: string, parseSpecial: boolean): Uint32Array;
  detokenize(tokens: Uint32Array, special: boolean): string;
  getTokenString(token: number): string;
  getTokenAttributes(token: number): number;
  getVocabularyType(): number;
  isEogToken(token: number): boolean;
}

interface AddonBindings {
  AddonSampler: new (model: AddonModel) => AddonSampler;
  AddonJinjaRenderer: new (template: string) => TemplateRenderer;
}

/** A compiled chat template. `render` throws with the template's own message inside the error's text. */
interface TemplateRenderer {
  render(variables: Record<string, unknown>): string;
}

/** Everything the engine needs from one loaded model and its context. */
export interface AddonDriver {
  batch: BatchDriver;
  vocabulary: NativeVocabulary;
  /** Compiles a Jinja template with llama.cpp's own engine. Throws on a syntax error. */
  compileTemplate: (template: string) => TemplateRenderer;
}

interface PrivateParts {
  context: AddonContext;
  model: AddonModel;
  bindings: AddonBindings;
}

const methods = {
  context: [
    'setThreads',
    'initBatch',
    'addToBatch',
    'decodeBatch',
    'sampleToken',
    'disposeSequence',
    'removeTokenCellsFromSequence',
    'getSequenceKvCacheMinPosition',
  ],
  model: ['tokenize', 'detokenize', 'getTokenString', 'getTokenAttributes', 'getVocabularyType', 'isEogToken'],
  bindings: ['AddonSampler', 'AddonJinjaRenderer'],
} as const;

export function createAddonDriver(llama: Llama, model: LlamaModel, context: LlamaContext): AddonDriver {
  const parts = requirePrivateParts(llama, model, context);
  return {
    batch: createBatchDriver(parts, context.batchSize),
    vocabulary: createVocabulary(parts.model, model),
    compileTemplate: (template) => new parts.bindings.AddonJinjaRenderer(template),
  };
}

function requirePrivateParts(llama: Llama, model: LlamaModel, context: LlamaContext): PrivateParts {
  const parts: Record<keyof typeof methods, unknown> = {
    context: Reflect.get(context, '_ctx'),
    model: Reflect.get(model, '_model'),
    bindings: Reflect.get(llama, '_bindings'),
  };
  for (const name of ['context', 'model', 'bindings'] as const) {
    const part = parts[name];
    const missing = methods[name].find((method) => !isFunctionOf(part, method));
    if (missing === undefined) continue;
    throw new AppError('model-load-failed', `node-llama-cpp has no ${name}.${missing}.`, {
      hint: 'Install exactly node-llama-cpp 3.22.1 (npm ci).',
    });
  }
  return parts as unknown as PrivateParts;
}

function isFunctionOf(part: unknown, method: string): boolean {
  return typeof part === 'object' && part !== null && typeof Reflect.get(part, method) === 'function';
}

const lastOfOne = Uint32Array.of(0);
const noScores = new Uint32Array(0);

function createBatchDriver({ context, model, bindings }: PrivateParts, batchSize: number): BatchDriver {
  return {
    batchSize,
    setThreads: (threads) => context.setThreads(threads),
    beginBatch: (tokenCount) => context.initBatch(tokenCount),
    addToBatch({ sequence, position, tokens, wantsScores }) {
      const last = tokens.length === 1 ? lastOfOne : Uint32Array.of(tokens.length - 1);
      return context.addToBatch(sequence, position, tokens, wantsScores ? last : noScores)[0] ?? -1;
    },
    decode: () => context.decodeBatch(),
    createSampler(config) {
      const sampler = new bindings.AddonSampler(model);
      sampler.applyConfig(toAddonConfig(config));
      return sampler;
    },
    sample: (scores, sampler) => context.sampleToken(scores, sampler as AddonSampler),
    truncate: (sequence, position) => context.removeTokenCellsFromSequence(sequence, position, -1),
    clear: (sequence) => context.disposeSequence(sequence),
    firstHeldPosition: (sequence) => context.getSequenceKvCacheMinPosition(sequence),
  };
}

/** The addon reads a key that is present even when its value is undefined, so absent stages must have no key. */
function toAddonConfig({ temperature, topK, topP, minP, seed, penalties }: SamplerConfig): Record<string, unknown> {
  return {
    temperature,
    seed,
    ...(topK === undefined ? {} : { topK }),
    ...(topP === undefined ? {} : { topP }),
    ...(minP === undefined ? {} : { minP }),
    ...(penalties === undefined
      ? {}
      : {
          repeatPenalty: penalties.repeat,
          repeatPenaltyFrequencyPenalty: penalties.frequency,
          repeatPenaltyPresencePenalty: penalties.presence,
          repeatPenaltyMaxTokens: penalties.lastTokens,
          repeatPenaltyTokens: penalties.history,
        }),
  };
}

function createVocabulary(addon: AddonModel, model: LlamaModel): NativeVocabulary {
  const { tokens } = model;
  return {
    size: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    type: addon.getVocabularyType(),
    beginToken: tokens.bos ?? undefined,
    wantsBeginToken: tokens.shouldPrependBosToken,
    beginText: tokens.bosString ?? '',
    endText: tokens.eosString ?? '',
    tokenize: (text) => (text === '' ? new Uint32Array(0) : addon.tokenize(text, true)),
    tokenText: (token) => addon.getTokenString(token),
    attributes: (token) => addon.getTokenAttributes(token),
    isEndOfGeneration: (token) => addon.isEogToken(token),
    detokenize: (ids) => addon.detokenize(ids, true),
  };
}
