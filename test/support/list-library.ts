import path from 'node:path';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { ManagedLibrary } from '#main/api/managed-library.ts';
import type { ModelLibrary } from '#main/inference/index.ts';
import { makeModelRecord } from './model-record.ts';

export type ModelSettings = ReturnType<ModelLibrary['modelSettings']>;

export interface ListLibraryOptions {
  records: ModelRecord[];
  settings: Pick<Settings, 'defaultModel'>;
  overrides: Record<string, Partial<ModelSettings>>;
}

/** A library that is a list: names are ids or aliases, with or without `:latest`; imports take any path. */
export function createListLibrary({ records, settings, overrides }: ListLibraryOptions): ModelLibrary & ManagedLibrary {
  const own = new Map(Object.entries(overrides));
  const modelSettings = (id: string): ModelSettings => ({ load: {}, sampling: {}, aliases: [], ...own.get(id) });
  const list = () =>
    records.map((record) => ({
      ...record,
      aliases: [...new Set([...modelSettings(record.id).aliases, ...record.aliases])],
    }));
  const require = (wanted: string): ModelRecord => {
    const name = wanted.replace(/:latest$/, '');
    const record = list().find(({ id, aliases }) => id === name || aliases.includes(wanted) || aliases.includes(name));
    if (record) return record;
    throw new AppError('model-not-found', `There is no model "${wanted}".`, {
      hint: `The nearest names are ${records.map(({ id }) => id).join(', ')}.`,
      data: { model: wanted, nearest: records.map(({ id }) => id) },
    });
  };
  return {
    problemOf: () => undefined,
    list,
    require,
    modelSettings,
    resolve(name) {
      const wanted = name ?? settings.defaultModel;
      if (wanted !== null) return require(wanted);
      throw new AppError('no-default-model', 'No default model is set.', { hint: 'Import one with impetus import.' });
    },
    updateModelSettings(id, patch) {
      own.set(id, { ...own.get(id), ...patch });
      return Promise.resolve(modelSettings(id));
    },
    forget(id) {
      records.splice(
        records.findIndex((record) => record.id === id),
        1,
      );
    },
    import(file) {
      const record = makeModelRecord({ id: path.parse(file).name.toLowerCase(), path: file });
      records.push(record);
      return Promise.resolve(record);
    },
  };
}
