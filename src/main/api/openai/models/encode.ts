import { modelCapabilities, type ModelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { ModelSummary } from '#shared/domain/model.ts';

/** Settings that decide how much context a model would get if it were loaded now. */
export interface ContextChoice {
  /** The setting `contextSize`. */
  contextSize: number | null;
}

const defaultContextLimit = 32_768;

/** One model, with the extra fields that the clients of vLLM, llama-server and OpenRouter read. */
export function encodeModel(model: ModelSummary, choice: ContextChoice): object {
  const { id, facts, status } = model;
  const contextLength = toContextLength(model, choice);
  const capabilities = modelCapabilities(model);
  return {
    id,
    object: 'model',
    created: Math.floor(Date.parse(model.addedAt) / 1000) || 0,
    owned_by: 'local',
    aliases: model.aliases,
    format: facts.format,
    quantization: facts.quantization,
    default: model.isDefault,
    status: { value: status.state, ...(status.state === 'failed' ? { message: status.message } : {}) },
    type: capabilities.kind,
    capabilities: capabilities.names,
    architecture: { name: facts.architecture, input_modalities: ['text'], output_modalities: ['text'] },
    max_model_len: contextLength,
    context_length: contextLength,
    context_window: contextLength,
    top_provider: { context_length: contextLength },
    meta: {
      n_ctx_train: facts.trainedContext,
      n_ctx: contextLength,
      n_vocab: facts.vocabularySize,
      n_embd: facts.embeddingSize,
      n_params: facts.parameterCount,
      size: model.sizeBytes,
      vocab_type: null,
    },
    impetus: { capabilities: encodeEvidence(capabilities), passport: encodePassport(model) },
  };
}

/** Whether the model can, and how that is known: `declared` by its file, or `verified` on this machine. */
function encodeEvidence({ all }: ModelCapabilities): object {
  const entries = Object.entries(all).map(([name, { isAvailable, evidence }]) => [
    name,
    { available: isAvailable, evidence },
  ]);
  return Object.fromEntries(entries) as object;
}

/** Null: not measured yet. */
function encodePassport({ passport }: ModelSummary): object | null {
  if (!passport) return null;
  return {
    tested_at: passport.testedAt,
    current: passport.isCurrent,
    complete: passport.isComplete,
    passed: passport.passed,
    failed: passport.failed,
    not_applicable: passport.notApplicable,
    decode_tokens_per_second: passport.decodeTokensPerSecond,
    prefill_tokens_per_second: passport.prefillTokensPerSecond,
    first_token_ms: passport.firstTokenMs,
  };
}

export function encodeModelList(models: readonly ModelSummary[], choice: ContextChoice): object {
  return { object: 'list', data: models.map((model) => encodeModel(model, choice)) };
}

/** What the loaded model holds; for others what a load would ask for. Null when the file does not say. */
export function toContextLength({ facts, status }: ModelSummary, { contextSize }: ContextChoice): number | null {
  if (status.state === 'loaded') return status.contextSize;
  if (contextSize !== null) return contextSize;
  return facts.trainedContext === null ? null : Math.min(facts.trainedContext, defaultContextLimit);
}
