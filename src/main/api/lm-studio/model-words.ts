import { modelCapabilities } from '#shared/domain/model-capabilities.ts';
import type { ModelSummary } from '#shared/domain/model.ts';

/** What LM Studio calls a kind of model; it has no word for one that ranks. */
export function toKind(model: ModelSummary): 'llm' | 'embeddings' | undefined {
  const { kind } = modelCapabilities(model);
  switch (kind) {
    case 'chat':
    case 'completion':
      return 'llm';
    case 'embedding':
      return 'embeddings';
    case 'rerank':
      return undefined;
    default:
      return kind satisfies never;
  }
}

export function usesTools(model: ModelSummary): boolean {
  return modelCapabilities(model).names.includes('tools');
}

/** The first part of `publisher/repo/quant`, where the file lies so. */
export function toPublisher({ aliases }: Pick<ModelSummary, 'aliases'>): string {
  const named = aliases.find((alias) => /^[^/\\]+\/[^/\\]+\/[^/\\]+$/.test(alias));
  return named?.split('/', 1)[0] ?? 'local';
}

export function toState({ status }: Pick<ModelSummary, 'status'>): 'loaded' | 'loading' | 'not-loaded' {
  return status.state === 'loaded' || status.state === 'loading' ? status.state : 'not-loaded';
}

/** Bits of the file for each weight, to two digits. */
export function toBitsPerWeight({ sizeBytes, facts }: Pick<ModelSummary, 'sizeBytes' | 'facts'>): number | null {
  return facts.parameterCount ? Math.round((sizeBytes * 800) / facts.parameterCount) / 100 : null;
}

/** `135M`, `1.7B`: short, as LM Studio shows it. */
export function toParameterText({ facts }: Pick<ModelSummary, 'facts'>): string | null {
  const count = facts.parameterCount;
  if (count === null) return null;
  if (count >= 1e9) return `${Number((count / 1e9).toFixed(1))}B`;
  return count >= 1e6 ? `${Math.round(count / 1e6)}M` : String(count);
}
