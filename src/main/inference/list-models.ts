import type { ModelRecord, ModelState, ModelSummary } from '#shared/domain/model.ts';

export interface ListModelsInput {
  records: readonly ModelRecord[];
  states: ReadonlyMap<string, ModelState>;
  defaultModel: string | null;
}

/** Models in memory first (clients take the first one), then the default, then by name. */
export function listModels({ records, states, defaultModel }: ListModelsInput): ModelSummary[] {
  return records
    .map((record) => toModelSummary(record, states, defaultModel))
    .sort((left, right) => rank(left) - rank(right) || compareText(left.id, right.id));
}

export function toModelSummary(
  record: ModelRecord,
  states: ReadonlyMap<string, ModelState>,
  defaultModel: string | null,
): ModelSummary {
  return {
    ...record,
    isDefault: record.id === defaultModel,
    status: states.get(record.id) ?? { state: 'unloaded' },
  };
}

function rank(model: ModelSummary): number {
  if (model.status.state === 'loaded') return 0;
  return model.isDefault ? 1 : 2;
}

/** By code unit: the same order on every machine. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
