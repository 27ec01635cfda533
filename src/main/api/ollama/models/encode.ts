import { createHash } from 'node:crypto';
import type { ModelSummary } from '#shared/domain/model.ts';
import { encodeCapabilities, encodeDetails } from '../model-details.ts';
import { toOllamaName } from '../model-names.ts';

/** Ollama's date for a model that stays for ever. */
const forEver = '2318-07-20T00:00:00Z';

/** One entry of `/api/tags`, under one of the model's names. */
export function encodeTag(model: ModelSummary, name = toOllamaName(model)): object {
  return {
    name,
    model: name,
    modified_at: model.addedAt,
    size: model.sizeBytes,
    digest: toDigest(model),
    details: encodeDetails(model),
    capabilities: encodeCapabilities(model),
  };
}

/** One entry of `/api/ps`; undefined for a model that is not in memory. */
export function encodeRunning(model: ModelSummary, { idleUnloadMinutes, now }: RunningFacts): RunningModel | undefined {
  const { status } = model;
  if (status.state !== 'loaded') return undefined;
  const name = toOllamaName(model);
  const isBusy = status.activeRequests > 0;
  const idleEnd = idleUnloadMinutes < 0 ? forEver : new Date(now + idleUnloadMinutes * 60_000).toISOString();
  return {
    name,
    model: name,
    size: status.memoryBytes,
    digest: toDigest(model),
    details: encodeDetails(model),
    expires_at: status.unloadsAt ?? (isBusy ? idleEnd : forEver),
    size_vram: status.device === 'cpu' ? 0 : status.memoryBytes,
    context_length: status.contextSize,
  };
}

export interface RunningFacts {
  /** The setting. */
  idleUnloadMinutes: number;
  /** Unix time in ms. */
  now: number;
}

interface RunningModel {
  name: string;
  model: string;
  size: number;
  digest: string;
  details: object;
  /** ISO time. */
  expires_at: string;
  size_vram: number;
  context_length: number;
}

/** The file's sha256 where it is known; else 64 digits of name and size, which stand for it. */
export function toDigest({ id, sizeBytes, sha256 }: Pick<ModelSummary, 'id' | 'sizeBytes' | 'sha256'>): string {
  return sha256 ?? createHash('sha256').update(`impetus:${id}:${sizeBytes}`).digest('hex');
}
