import type { ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { ManagedLibrary } from '../../managed-library.ts';

/** A name that a client gives to a model, without the `:latest` that means nothing. */
export function toAlias(name: string): string {
  return name.replace(/:latest$/, '');
}

/** The model that has this name from the user, not from its file. */
export function findByAlias(library: ManagedLibrary, name: string): ModelRecord | undefined {
  const alias = toAlias(name).toLowerCase();
  return library
    .list()
    .find(({ id }) => library.modelSettings(id).aliases.some((given) => toAlias(given).toLowerCase() === alias));
}

/**
 * Gives a model one more name; another model that the user called so loses it. Errors: `model-duplicate` when a model
 * has the name by its file.
 */
export async function addAlias(library: ManagedLibrary, model: ModelRecord, name: string): Promise<void> {
  const alias = toAlias(name);
  const before = findByAlias(library, alias);
  if (before?.id === model.id) return;
  const namesake = library.list().find((other) => hasName(other, alias));
  if (namesake && namesake.id !== before?.id) {
    if (namesake.id === model.id) return;
    throw new AppError('model-duplicate', `The name ${JSON.stringify(alias)} belongs to another model.`, {
      hint: 'Choose another name.',
      data: { model: namesake.id },
    });
  }
  if (before) await removeAlias(library, before, alias);
  const { aliases } = library.modelSettings(model.id);
  await library.updateModelSettings(model.id, { aliases: [...aliases, alias] });
}

export async function removeAlias(library: ManagedLibrary, { id }: ModelRecord, name: string): Promise<void> {
  const alias = toAlias(name).toLowerCase();
  const { aliases } = library.modelSettings(id);
  const kept = aliases.filter((given) => toAlias(given).toLowerCase() !== alias);
  await library.updateModelSettings(id, { aliases: kept });
}

function hasName({ id, aliases }: ModelRecord, name: string): boolean {
  const lower = name.toLowerCase();
  return [id, ...aliases].some((own) => toAlias(own).toLowerCase() === lower);
}
