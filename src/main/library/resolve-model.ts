import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { editDistance } from '#shared/text/edit-distance.ts';

const nearestCount = 3;
/** Names longer than any id are compared by their beginning only. */
const comparedLength = 200;

/**
 * The model that a client means, in this order: its id, `id:latest`, the id in any case, an alias in any case, its
 * path. Undefined when none fits; there is no guessing.
 */
export function findByName(models: readonly ModelRecord[], name: string): ModelRecord | undefined {
  const lower = name.toLowerCase();
  const withoutLatest = name.replace(/:latest$/, '');
  const lowerWithoutLatest = lower.replace(/:latest$/, '');
  return (
    models.find(({ id }) => id === name) ??
    models.find(({ id }) => id === withoutLatest) ??
    models.find(({ id }) => id === lowerWithoutLatest) ??
    models.find(({ aliases }) => aliases.some((alias) => isAlias(alias, lower, lowerWithoutLatest))) ??
    models.find((model) => model.path === name)
  );
}

function isAlias(alias: string, ...names: string[]): boolean {
  return names.includes(alias.toLowerCase());
}

/** The ids most like `name`, best first; empty when none is near. */
export function findNearest(models: readonly ModelRecord[], name: string): string[] {
  const wanted = name.toLowerCase().slice(0, comparedLength);
  return models
    .map(({ id, aliases }) => ({ id, distance: Math.min(...[id, ...aliases].map((own) => measure(wanted, own))) }))
    .filter(({ distance }) => distance <= Math.max(2, wanted.length * 0.4))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, nearestCount)
    .map(({ id }) => id);
}

/** Edits, or hardly any when one name holds the other: `smollm2` means `smollm2-135m-instruct.q4_1`. */
function measure(wanted: string, own: string): number {
  const name = own.toLowerCase().slice(0, comparedLength);
  if (wanted.length >= 3 && (name.includes(wanted) || wanted.includes(name))) return 1;
  return editDistance(wanted, name);
}

/** `model-not-found` with the nearest ids in `data.nearest`. */
export function unknownModel(models: readonly ModelRecord[], name: string): AppError {
  const nearest = findNearest(models, name);
  const shown = printable(name);
  return new AppError('model-not-found', `There is no model named ${shown}.`, {
    hint: hintFor(models, nearest),
    data: { model: shown, nearest },
  });
}

function hintFor(models: readonly ModelRecord[], nearest: readonly string[]): string {
  if (nearest.length > 0) return `Did you mean ${nearest.join(' or ')}?`;
  if (models.length === 0) return 'There are no models yet. Add one with: impetus import FILE.gguf';
  return 'List the models with GET /v1/models or: impetus ls';
}

/** `no-default-model`: none chosen, or the one chosen is gone. */
export function missingDefault(models: readonly ModelRecord[], chosen: string | null): AppError {
  const message =
    chosen === null
      ? 'The request names no model, and no default model is chosen.'
      : `The request names no model, and the default model ${printable(chosen)} is not in the library.`;
  const hint =
    models.length === 0
      ? 'Add a model with: impetus import FILE.gguf'
      : 'Name a model in the request, or choose a default model in the settings.';
  return new AppError('no-default-model', message, {
    hint,
    data: { available: models.map(({ id }) => id).slice(0, 20) },
  });
}

function printable(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '?');
  return clean.length > comparedLength ? `${clean.slice(0, comparedLength)}…` : clean;
}
