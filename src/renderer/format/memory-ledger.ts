import type { ModelSummary } from '#shared/domain/model.ts';
import type { ServerState } from '#shared/domain/server-state.ts';
import { formatBytes } from './format-number.ts';
import { toModelName } from '#shared/domain/model-name.ts';

export interface LedgerPart {
  kind: 'other' | 'model' | 'free';
  name: string;
  bytes: number;
}

/** The machine's memory in parts that add up to its total: other apps, one part per loaded model, free. */
export function toLedgerParts(memory: ServerState['memory'], models: readonly ModelSummary[]): LedgerPart[] {
  const loaded = models.flatMap((model): LedgerPart[] =>
    model.status.state === 'loaded'
      ? [{ kind: 'model', name: toModelName(model), bytes: model.status.memoryBytes }]
      : [],
  );
  const used = loaded.reduce((sum, part) => sum + part.bytes, 0);
  const free = Math.max(0, Math.min(memory.availableBytes, memory.totalBytes - used));
  const other = Math.max(0, memory.totalBytes - used - free);
  return [{ kind: 'other', name: 'Other apps', bytes: other }, ...loaded, { kind: 'free', name: 'Free', bytes: free }];
}

/** The whole bar as one sentence, for people who do not see it. */
export function toLedgerText(memory: ServerState['memory'], parts: readonly LedgerPart[]): string {
  const list = parts.map((part) => `${part.name} ${formatBytes(part.bytes)}`).join(', ');
  return `Memory, ${formatBytes(memory.totalBytes)}: ${list}`;
}
