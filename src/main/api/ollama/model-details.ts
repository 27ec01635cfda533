import type { ModelSummary } from '#shared/domain/model.ts';
import { modelCapabilities, type CapabilityName } from '#shared/domain/model-capabilities.ts';

/** `details` of a model in every list. */
export function encodeDetails({ facts }: Pick<ModelSummary, 'facts'>) {
  return {
    parent_model: '',
    format: facts.format,
    family: facts.architecture,
    families: [facts.architecture],
    parameter_size: toParameterSize(facts.parameterCount ?? 0),
    quantization_level: facts.quantization,
    ...(facts.trainedContext === null ? {} : { context_length: facts.trainedContext }),
    ...(facts.embeddingSize === null ? {} : { embedding_length: facts.embeddingSize }),
  };
}

const words: Partial<Record<CapabilityName, string>> = {
  completion: 'completion',
  tools: 'tools',
  infill: 'insert',
  vision: 'vision',
  embeddings: 'embedding',
  reasoning: 'thinking',
};

/**
 * In Ollama's words; what it has no word for is left out. Never missing: clients look into it unchecked. Only a model
 * made for vectors says `embedding`: clients take such a model for one that cannot chat.
 */
export function encodeCapabilities(model: ModelSummary): string[] {
  const { kind, names } = modelCapabilities(model);
  return names.filter((name) => name !== 'embeddings' || kind === 'embedding').flatMap((name) => words[name] ?? []);
}

/** `134.52M`, `1.7B`: as Ollama rounds. */
function toParameterSize(count: number): string {
  if (count >= 1e9) return `${withDigits(count / 1e9, 1)}B`;
  if (count >= 1e6) return `${withDigits(count / 1e6, 2)}M`;
  if (count >= 1e3) return `${Math.round(count / 1e3)}K`;
  return String(count);
}

function withDigits(amount: number, digits: number): string {
  return Number.isInteger(amount) ? String(amount) : amount.toFixed(digits);
}
