import type { ModelSummary } from '#shared/domain/model.ts';
import { toModelName } from '#shared/domain/model-name.ts';

const shownRows = 2;
const filteredRows = 6;

/**
 * The models offered for loading: those on their way first, then the default, then by name. Without a filter two;
 * with one, every match of name, id and alias, at most six.
 */
export function toSwitchRows(models: readonly ModelSummary[], filter: string): ModelSummary[] {
  const text = filter.trim().toLowerCase();
  const candidates = models
    .filter(({ status }) => status.state !== 'loaded' && status.state !== 'unloading')
    .filter((model) => text === '' || matches(model, text))
    .sort((left, right) => rank(left) - rank(right) || toModelName(left).localeCompare(toModelName(right)));
  const loading = candidates.filter(({ status }) => status.state === 'loading').length;
  return candidates.slice(0, text === '' ? Math.max(shownRows, loading) : filteredRows);
}

function matches(model: ModelSummary, text: string): boolean {
  return [toModelName(model), model.id, ...model.aliases].some((name) => name.toLowerCase().includes(text));
}

function rank(model: ModelSummary): number {
  if (model.status.state === 'loading') return 0;
  if (model.isDefault) return 1;
  return model.status.state === 'failed' || model.trust === 'quarantined' ? 3 : 2;
}
