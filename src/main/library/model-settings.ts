import { copyFile, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';
import { modelOverridesSchema, type ModelOverrides } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Mutex, writeFileAtomic, type Logger } from '../base/index.ts';
import { keepAside, toFileError } from '../storage/index.ts';

const parts = modelOverridesSchema.shape;
export type ModelSettings = ModelOverrides;
export type ModelSettingsPatch = Partial<ModelSettings>;

const noSettings: ModelSettings = { load: {}, sampling: {}, aliases: [] };

/** The user's settings for each model, one file `models.d/<id>.json` for each; absent files mean nothing is set. */
export class ModelSettingsFolder {
  readonly #folder: string;
  readonly #logger: Pick<Logger, 'warn'>;
  readonly #mutex = new Mutex();
  #settings = new Map<string, ModelSettings>();

  constructor(folder: string, logger: Pick<Logger, 'warn'>) {
    this.#folder = folder;
    this.#logger = logger;
  }

  get(id: string): ModelSettings {
    return this.#settings.get(id) ?? noSettings;
  }

  /** Reads all files anew: they may be edited by hand. What does not fit is left out and the original kept aside. */
  async read(): Promise<void> {
    await this.#mutex.run(async () => {
      const settings = new Map<string, ModelSettings>();
      for (const id of await this.#listIds()) {
        const found = await this.#readFile(id);
        if (found) settings.set(id, found);
      }
      this.#settings = settings;
    });
  }

  /** Replaces the named parts. Errors: `invalid-request`, `disk-full`; nothing has changed then. */
  async update(id: string, patch: ModelSettingsPatch): Promise<ModelSettings> {
    return this.#mutex.run(async () => {
      const parsed = modelOverridesSchema.safeParse({ ...this.get(id), ...patch });
      if (!parsed.success) throw refuse(id, parsed.error);
      await this.#writeFile(id, parsed.data);
      this.#settings.set(id, parsed.data);
      return parsed.data;
    });
  }

  async #listIds(): Promise<string[]> {
    try {
      const names = await readdir(this.#folder);
      return names
        .filter((name) => /^[a-z0-9._-]+\.json$/.test(name) && !/\.corrupt-\d{8}T\d{9}\./i.test(name))
        .map((name) => name.slice(0, -5));
    } catch {
      return [];
    }
  }

  async #readFile(id: string): Promise<ModelSettings | undefined> {
    const file = this.#fileOf(id);
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      this.#logger.warn({ room: 'library', file, error: String(error) }, 'Settings of a model could not be read.');
    });
    if (text === undefined) return undefined;
    const { settings, lost } = salvage(text);
    if (lost.length > 0) await this.#repair(id, { settings, lost });
    return settings;
  }

  async #repair(id: string, { settings, lost }: { settings: ModelSettings; lost: string[] }): Promise<void> {
    const file = this.#fileOf(id);
    const keptAs = keepAside(file, { label: 'corrupt', time: new Date() });
    try {
      await copyFile(file, keptAs);
      await this.#writeFile(id, settings);
      this.#logger.warn({ room: 'library', file, lost, keptAs }, 'Some settings of a model could not be used.');
    } catch (error) {
      this.#logger.warn({ room: 'library', file, lost, error: String(error) }, 'Settings of a model are damaged.');
    }
  }

  async #writeFile(id: string, settings: ModelSettings): Promise<void> {
    const file = this.#fileOf(id);
    try {
      await writeFileAtomic(file, `${JSON.stringify(settings, null, 2)}\n`);
    } catch (error) {
      throw toFileError(error, { file, action: 'written' });
    }
  }

  /** Ids hold no separators (model-id.ts), so the file cannot lie elsewhere. */
  #fileOf(id: string): string {
    return path.join(this.#folder, `${id}.json`);
  }
}

/** Each part that fits is kept; `lost` names the others. */
function salvage(text: string): { settings: ModelSettings; lost: string[] } {
  const raw = parseObject(text);
  if (!raw) return { settings: noSettings, lost: ['(file)'] };
  const settings: ModelSettings = { ...noSettings };
  const lost = Object.keys(raw).filter((key) => !Object.hasOwn(parts, key));
  for (const key of Object.keys(parts) as (keyof typeof parts)[]) {
    if (raw[key] === undefined) continue;
    const part = modelOverridesSchema.partial().safeParse({ [key]: raw[key] });
    if (part.success) Object.assign(settings, part.data);
    else lost.push(key);
  }
  return { settings, lost };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function refuse(id: string, error: z.ZodError): AppError {
  const [issue] = error.issues;
  const param = issue?.path.join('.') ?? '';
  return new AppError('invalid-request', `The setting ${param} of ${id} cannot be that: ${issue?.message ?? ''}.`, {
    hint: 'Send a value of the kind and range that the setting has.',
    data: { param },
  });
}
