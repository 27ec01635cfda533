import type { ModelSummary } from '#shared/domain/model.ts';
import { formatBytes, formatCount, formatCounted } from './format-number.ts';
import { formatTimeLeft } from './format-time.ts';

/** How a model stands, as the group headings of the library name it. */
export type ModelGroup = 'memory' | 'disk' | 'attention';

export function toModelGroup(model: ModelSummary): ModelGroup {
  switch (model.status.state) {
    case 'loading':
    case 'loaded':
    case 'unloading':
      return 'memory';
    case 'failed':
      return 'attention';
    case 'unloaded':
      return model.trust === 'quarantined' ? 'attention' : 'disk';
  }
}

/** The state in words, for names of rows and the head of the inspector. */
export function toStateText(model: ModelSummary): string {
  const { status } = model;
  switch (status.state) {
    case 'loading':
      return `Loading ${Math.floor(status.progress * 100)}\u00a0%`;
    case 'loaded':
      if (status.activeRequests === 0) return 'In memory';
      return `In memory, serving ${formatCounted(status.activeRequests, 'request')}`;
    case 'unloading':
      return 'Unloading';
    case 'failed':
      return 'Did not load';
    case 'unloaded':
      return model.trust === 'quarantined' ? 'Set aside after crashes' : 'On disk';
  }
}

/** What a loaded model is doing about leaving memory: requests, the time left, or that it stays. */
export function toOccupancyText(model: ModelSummary, now: number): string {
  const { status } = model;
  if (status.state !== 'loaded') return toStateText(model);
  if (status.activeRequests > 0) return formatCounted(status.activeRequests, 'request');
  if (status.unloadsAt === null) return 'stays loaded';
  return `unloads in ${formatTimeLeft(Date.parse(status.unloadsAt) - now)}`;
}

/** The second line of a row of the popover: quantisation, memory, occupancy. */
export function toMemoryLine(model: ModelSummary, now: number): string {
  const { status } = model;
  if (status.state !== 'loaded') return `${model.facts.quantization} · ${toStateText(model)}`;
  return `${model.facts.quantization} · ${formatBytes(status.memoryBytes)} · ${toOccupancyText(model, now)}`;
}

/** The second line of a row of the library: the most useful fact for the state. */
export function toLibraryLine(model: ModelSummary, now: number): string {
  const { status } = model;
  if (status.state === 'loaded') {
    return `${formatCount(status.contextSize)} context · ${toOccupancyText(model, now)}`;
  }
  if (status.state === 'failed') return status.message;
  if (status.state !== 'unloaded') return toStateText(model);
  if (model.trust === 'quarantined') return 'Set aside: loading it crashed the engine repeatedly';
  const publisher = model.aliases.map((alias) => alias.split('/')).find((parts) => parts.length >= 3)?.[0];
  return [publisher, model.trust === 'new' ? 'not loaded yet' : undefined].filter(Boolean).join(' · ') || 'On disk';
}
