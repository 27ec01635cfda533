import path from 'node:path';
import type { Settings, SettingsPatch } from '#shared/domain/settings.ts';
import type { Logger } from './base/index.ts';
import { openSettingsFile, type SettingsStore } from './storage/index.ts';

/** The flags of one run; they stand above the settings until the user changes the same setting. */
export interface RunOptions {
  /** Asked for by name: busy means an error, not the next free port. */
  port?: number | undefined;
  host?: string | undefined;
  /** False: the ports of Ollama and LM Studio are never taken. */
  takesCompatiblePorts?: boolean | undefined;
  /** Wire id, alias, path, or `none`: the default model of this run. */
  model?: string | undefined;
  threads?: number | undefined;
  slots?: number | undefined;
  contextSize?: number | undefined;
  modelsFolder?: string | undefined;
  logLevel?: Settings['logLevel'] | undefined;
}

/** The settings file with this run's flags above it. */
export async function openRunSettings({
  file,
  logger,
  run,
}: {
  file: string;
  logger: Logger;
  run: RunOptions;
}): Promise<RunSettings> {
  const store = await openSettingsFile({ file, logger });
  return new RunSettings(store, toOverrides(run, store.get()));
}

/** Settings with the overrides of this run on top. An update of an overridden setting is kept and ends its override. */
export class RunSettings implements SettingsStore {
  readonly #store: SettingsStore;
  #overrides: SettingsPatch;

  constructor(store: SettingsStore, overrides: SettingsPatch) {
    this.#store = store;
    this.#overrides = overrides;
  }

  get(): Settings {
    return this.#merge(this.#store.get());
  }

  /** For what becomes known only after the start, such as the id of a model given by its path. */
  override(patch: SettingsPatch): void {
    this.#overrides = { ...this.#overrides, ...patch };
  }

  async update(patch: SettingsPatch): Promise<Settings> {
    const before = this.#overrides;
    const kept = Object.entries(before).filter(([key]) => !Object.hasOwn(patch, key));
    this.#overrides = Object.fromEntries(kept);
    try {
      return this.#merge(await this.#store.update(patch));
    } catch (error) {
      this.#overrides = before;
      throw error;
    }
  }

  subscribe(listener: (settings: Settings) => void): () => void {
    return this.#store.subscribe((settings) => listener(this.#merge(settings)));
  }

  #merge(settings: Settings): Settings {
    return { ...settings, ...this.#overrides } as Settings;
  }
}

/** The flags that are settings by another name. */
function toOverrides(run: RunOptions, { modelFolders }: Settings): SettingsPatch {
  return {
    ...(run.host === undefined ? {} : { host: run.host }),
    ...(run.port === undefined ? {} : { port: run.port }),
    ...(run.takesCompatiblePorts === false ? { compatiblePorts: 'never' as const } : {}),
    ...(run.threads === undefined ? {} : { threads: run.threads }),
    ...(run.slots === undefined ? {} : { slots: run.slots }),
    ...(run.contextSize === undefined ? {} : { contextSize: run.contextSize }),
    ...(run.logLevel === undefined ? {} : { logLevel: run.logLevel }),
    ...(run.modelsFolder === undefined ? {} : { modelFolders: [...modelFolders, path.resolve(run.modelsFolder)] }),
    ...(run.model === 'none' ? { defaultModel: null } : {}),
  };
}
