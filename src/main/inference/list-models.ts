import type { WireError } from '#shared/errors/app-error.ts';
import type { ModelRecord, ModelState, ModelSummary } from '#shared/domain/model.ts';
import type { PassportSummary } from '#shared/domain/passport.ts';

export interface ListModelsInput {
  records: readonly ModelRecord[];
  states: ReadonlyMap<string, ModelState>;
  defaultModel: string | null;
  /** Why a model cannot be used at present. */
  problemOf: (id: string) => WireError | undefined;
  /** What was measured of a model on this machine. */
  passportOf?: ((record: ModelRecord) => PassportSummary | undefined) | undefined;
}

/** Models in memory first (clients take the first one), then the default, then by name. */
export function listModels({ records, ...facts }: ListModelsInput): ModelSummary[] {
  return records
    .map((record) => toModelSummary(record, facts))
    .sort((left, right) => rank(left) - rank(right) || compareText(left.id, right.id));
}

/** A model whose file is gone or broken says so, unless it is still in memory. */
export function toModelSummary(
  record: ModelRecord,
  { states, defaultModel, problemOf, passportOf }: Omit<ListModelsInput, 'records'>,
): ModelSummary {
  const problem = problemOf(record.id) ?? (record.trust === 'quarantined' ? quarantined : undefined);
  const unloaded: ModelState = problem
    ? { state: 'failed', code: problem.code, message: problem.message }
    : { state: 'unloaded' };
  const passport = passportOf?.(record);
  return {
    ...record,
    isDefault: record.id === defaultModel,
    status: states.get(record.id) ?? unloaded,
    ...(passport ? { passport } : {}),
  };
}

/** Why it crashed is told as long as the engine's own words are known; a later run knows the verdict only. */
const quarantined = {
  code: 'model-quarantined',
  message: 'It was set aside after it crashed the engine three times.',
} as const;

function rank(model: ModelSummary): number {
  if (model.status.state === 'loaded') return 0;
  return model.isDefault ? 1 : 2;
}

/** By code unit: the same order on every machine. */
function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
