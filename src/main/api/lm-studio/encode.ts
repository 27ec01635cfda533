import type { FinishReason } from '#shared/domain/generation.ts';
import { toModelName } from '#shared/domain/model-name.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import { sumFinishes } from '../openai/usage.ts';
import type { FinishEvent } from '../relay.ts';
import { toBitsPerWeight, toKind, toParameterText, toPublisher, toState, usesTools } from './model-words.ts';

/**
 * One entry of `/api/v0/models`; undefined for a kind that strict readers have no word for. Every format is called
 * `gguf`, the one of their two words that is nearest.
 */
export function encodeEntry(model: ModelSummary): object | undefined {
  const { id, facts, status } = model;
  const type = toKind(model);
  if (type === undefined) return undefined;
  return {
    id,
    object: 'model',
    type,
    publisher: toPublisher(model),
    arch: facts.architecture,
    compatibility_type: 'gguf',
    quantization: facts.quantization,
    state: toState(model),
    max_context_length: facts.trainedContext ?? 0,
    ...(status.state === 'loaded' ? { loaded_context_length: status.contextSize } : {}),
    capabilities: usesTools(model) ? ['tool_use'] : [],
  };
}

/** One entry of `/api/v1/models`. */
export function encodeDetailedEntry(model: ModelSummary): object | undefined {
  const { id, facts } = model;
  const kind = toKind(model);
  if (kind === undefined) return undefined;
  return {
    type: toInstanceType(model),
    publisher: toPublisher(model),
    key: id,
    display_name: toModelName(model),
    architecture: facts.architecture,
    quantization: { name: facts.quantization, bits_per_weight: toBitsPerWeight(model) },
    size_bytes: model.sizeBytes,
    params_string: toParameterText(model),
    loaded_instances: encodeInstances(model),
    max_context_length: facts.trainedContext ?? 0,
    format: 'gguf',
    ...(kind === 'llm' ? { capabilities: { vision: false, trained_for_tool_use: usesTools(model) } } : {}),
    description: null,
  };
}

/** The word of v1 for a kind. */
export function toInstanceType(model: ModelSummary): 'llm' | 'embedding' {
  return toKind(model) === 'llm' ? 'llm' : 'embedding';
}

/** A model is in memory once or not at all; its instance has its name. */
function encodeInstances({ id, status }: ModelSummary): object[] {
  if (status.state !== 'loaded') return [];
  return [{ id, config: { context_length: status.contextSize, parallel: status.slots } }];
}

/** What `/api/v0` adds to an answer. Times in seconds. */
export function encodeStats(model: ModelSummary, finishes: readonly FinishEvent[], version: string): object {
  const { usage, timings } = sumFinishes(finishes, finishes.length);
  const [first] = finishes;
  const decodeSeconds = timings.decodeMs / 1000;
  return {
    stats: {
      tokens_per_second: decodeSeconds > 0 ? usage.completionTokens / decodeSeconds : 0,
      time_to_first_token: first ? (first.timings.queueMs + first.timings.prefillMs) / 1000 : 0,
      generation_time: decodeSeconds,
      stop_reason: first ? toStopReason(first) : 'failed',
    },
    model_info: {
      arch: model.facts.architecture,
      quant: model.facts.quantization,
      format: 'gguf',
      context_length: model.status.state === 'loaded' ? model.status.contextSize : model.facts.trainedContext,
    },
    runtime: { name: 'impetus', version, supported_formats: ['gguf'] },
  };
}

const stopReasons = {
  stop: 'eosFound',
  length: 'maxPredictedTokensReached',
  'tool-calls': 'toolCalls',
  'content-filter': 'failed',
  cancelled: 'userStopped',
} as const satisfies Record<FinishReason, string>;

function toStopReason({ reason, rawReason }: FinishEvent): string {
  if (rawReason === 'stop-text') return 'stopStringFound';
  return rawReason === 'context-full' ? 'contextLengthReached' : stopReasons[reason];
}
