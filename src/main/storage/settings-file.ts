import { copyFile, readFile } from 'node:fs/promises';
import {
  defaultSettings,
  salvageSettings,
  settingsPatchSchema,
  type Settings,
  type SettingsPatch,
} from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Emitter, Mutex, writeFileAtomic, type Logger } from '../base/index.ts';
import { readSystemCode, toFileError } from './file-error.ts';
import { withFileLock } from './file-lock.ts';
import { keepAside } from './keep-aside.ts';
import { readSettingsText, type ReadSettings } from './migrate-settings.ts';
import type { SettingsStore } from './settings-store.ts';

export interface SettingsFileOptions {
  /** Absolute path; need not exist. */
  file: string;
  logger: Pick<Logger, 'warn'>;
}

export interface SettingsFile extends SettingsStore {
  /** What was found damaged when the file was opened, for one notice to the user; null when all was well. */
  readonly salvage: { lost: string[]; keptAs: string } | null;
}

/**
 * Opens the settings file. A damaged file never stops the start: what fits is kept, the original stays beside it as
 * `settings.corrupt-<time>.json` (`settings.version-<n>-<time>.json` when a newer Impetus wrote it) and the file is
 * written anew. Every update reads the file again first, so processes do not undo each other's changes.
 * Throws `internal` when the file is there and cannot be read.
 */
export async function openSettingsFile({ file, logger }: SettingsFileOptions): Promise<SettingsFile> {
  const read = await readSettings(file);
  const store = new FileSettingsStore(file, read.settings);
  if (read.keepAs !== null) await store.repair(read, logger);
  return store;
}

class FileSettingsStore implements SettingsFile {
  readonly #file: string;
  readonly #mutex = new Mutex();
  readonly #changes = new Emitter<Settings>();
  #settings: Settings;
  salvage: { lost: string[]; keptAs: string } | null = null;

  constructor(file: string, settings: Settings) {
    this.#file = file;
    this.#settings = settings;
  }

  get(): Settings {
    return this.#settings;
  }

  subscribe(listener: (settings: Settings) => void): () => void {
    return this.#changes.subscribe(listener);
  }

  async update(patch: SettingsPatch): Promise<Settings> {
    const checked = parsePatch(patch);
    const settings = await this.#mutex.run(() => this.#write(checked));
    this.#changes.emit(settings);
    return settings;
  }

  /** Keeps the damaged original aside, then writes what was saved of it. A folder that refuses both is logged only. */
  async repair({ settings, lost, keepAs }: ReadSettings, logger: Pick<Logger, 'warn'>): Promise<void> {
    const keptAs = keepAside(this.#file, { label: keepAs ?? 'corrupt', time: new Date() });
    try {
      await withFileLock(this.#file, async () => {
        await copyFile(this.#file, keptAs);
        await writeFileAtomic(this.#file, toText(settings));
      });
      this.salvage = { lost, keptAs };
      logger.warn({ room: 'storage', lost, keptAs }, 'Some settings could not be used; the original file was kept.');
    } catch (error) {
      const { message, hint } = toFileError(error, { file: this.#file, action: 'repaired' });
      logger.warn({ room: 'storage', lost, hint }, message);
    }
  }

  async #write(patch: SettingsPatch): Promise<Settings> {
    try {
      return await withFileLock(this.#file, async () => {
        const { settings } = await readSettings(this.#file);
        const next = salvageSettings({ ...settings, ...patch }).settings;
        await writeFileAtomic(this.#file, toText(next));
        this.#settings = next;
        return next;
      });
    } catch (error) {
      throw error instanceof AppError ? error : toFileError(error, { file: this.#file, action: 'written' });
    }
  }
}

async function readSettings(file: string): Promise<ReadSettings> {
  try {
    return readSettingsText(await readFile(file, 'utf8'));
  } catch (error) {
    if (readSystemCode(error) !== 'ENOENT') throw toFileError(error, { file, action: 'read' });
    return { settings: { ...defaultSettings }, lost: [], keepAs: null };
  }
}

/** Undefined values are no change; keys of no setting and values that do not fit are refused by name. */
function parsePatch(patch: SettingsPatch): SettingsPatch {
  const defined = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined));
  const parsed = settingsPatchSchema.safeParse(defined);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const setting = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : (issue?.path.join('.') ?? '');
  throw new AppError('invalid-request', `The setting ${setting} cannot be changed to that: ${issue?.message ?? ''}.`, {
    hint: 'Send a value of the kind that the setting has now.',
    data: { param: setting },
  });
}

function toText(settings: Settings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}
