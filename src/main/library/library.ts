import path from 'node:path';
import type { ModelRecord, ModelTrust } from '#shared/domain/model.ts';
import { AppError, toAppError, type WireError } from '#shared/errors/app-error.ts';
import { Emitter, Mutex, type HomePaths, type Logger } from '../base/index.ts';
import { listShards } from '../formats/index.ts';
import type { Database, SettingsStore } from '../storage/index.ts';
import { Catalog, type CatalogEntry } from './catalog.ts';
import { digestFiles } from './file-digest.ts';
import { readFingerprintSync } from './file-status.ts';
import { ModelImport, requireLocalPath } from './import-model.ts';
import type { InUseGuard } from './in-use-guard.ts';
import { assignAliases } from './model-aliases.ts';
import { ModelSettingsFolder, type ModelSettings, type ModelSettingsPatch } from './model-settings.ts';
import { rescan, withoutLinks, type RescanOptions } from './rescan.ts';
import { findByName, missingDefault, unknownModel } from './resolve-model.ts';

export interface LibraryOptions {
  paths: Pick<HomePaths, 'models' | 'modelSettings'>;
  database: Database;
  settings: Pick<SettingsStore, 'get' | 'subscribe'>;
  logger: Logger;
  /** Default: nothing is in use. */
  inUse?: InUseGuard;
}

/** A file in a model folder that cannot be used, and why. */
interface BrokenFile {
  path: string;
  problem: WireError;
}

/** All models Impetus knows. Records are plain data; a later change gives new ones. */
export interface Library {
  /** By id. Models whose file has vanished stay in the list, see `problemOf`. */
  list(): ModelRecord[];
  get(id: string): ModelRecord | undefined;
  /** The model a name stands for, whether or not its file is there: for looking at it, forgetting, unloading. */
  require(name: string): ModelRecord;
  /**
   * The model to answer with; undefined means the default model. Errors: `model-not-found` with `data.nearest`,
   * `no-default-model`, `model-file-missing`, `model-file-invalid` when the file has changed or broken since.
   */
  resolve(name: string | undefined): ModelRecord;
  /** Why a listed model cannot be used at present; undefined when nothing is known against it. */
  problemOf(id: string): WireError | undefined;
  /** Files in the model folders that are no usable models. */
  brokenFiles(): BrokenFile[];
  /** Registers a file where it lies, after the pre-check. A file that is known gives its record. */
  import(path: string, options?: { signal?: AbortSignal }): Promise<ModelRecord>;
  /** Takes a model out of the list; its file stays on disk and is not found again by scans. Errors: `model-in-use`. */
  forget(id: string): void;
  /** A model that was forgotten meanwhile is left alone. */
  setTrust(id: string, trust: ModelTrust): void;
  modelSettings(id: string): ModelSettings;
  updateModelSettings(id: string, patch: ModelSettingsPatch): Promise<ModelSettings>;
  /**
   * sha256 over the bytes of the model's files. Read once, about a second per gigabyte, and kept until a file changes.
   * Errors: `model-not-found`, `model-file-invalid`, `cancelled`.
   */
  digest(id: string, signal: AbortSignal): Promise<string>;
  /** Looks through `models/` and the user's model folders, and reads `models.d/` anew. */
  rescan(): Promise<void>;
  /** Called after every change of what `list` answers; returns the unsubscribe function. */
  onChange(listener: () => void): () => void;
  /** Ends running scans. The database stays open. */
  close(): Promise<void>;
}

/**
 * Opens the library: the catalog from the database, then `models/` of the home folder brought in line. The user's other
 * folders are looked through in the background, for they may lie on slow or absent disks.
 */
export async function openLibrary(options: LibraryOptions): Promise<Library> {
  const library = new CatalogLibrary(options);
  await library.open();
  return library;
}

/** One request asks for its model more than once; its file is looked at once in so many ms. */
const fileLookMs = 5;

type Scan = Pick<RescanOptions, 'isInScope' | 'pace'> & { folders: readonly string[] };

class CatalogLibrary implements Library {
  readonly #options: LibraryOptions;
  readonly #catalog: Catalog;
  readonly #import: ModelImport;
  readonly #modelSettings: ModelSettingsFolder;
  readonly #changes = new Emitter<void>();
  readonly #scans = new Mutex();
  readonly #closing = new AbortController();
  #unsubscribe: () => void = () => undefined;
  /** Model folders with links resolved. */
  #folders: string[] = [];
  readonly #missing = new Set<string>();
  /** The model whose file was seen to be unchanged last, and when, in ms of `performance.now`. */
  #unchanged = { id: '', at: 0 };
  #records: ModelRecord[] | undefined;

  constructor(options: LibraryOptions) {
    this.#options = options;
    this.#catalog = new Catalog(options.database);
    this.#import = new ModelImport(this.#catalog);
    this.#modelSettings = new ModelSettingsFolder(options.paths.modelSettings, options.logger);
  }

  async open(): Promise<void> {
    const { settings, paths } = this.#options;
    const home = await withoutLinks(paths.models);
    const isInHome = (file: string) => file.startsWith(home + path.sep);
    await this.#scan({ folders: [paths.models], isInScope: isInHome, pace: 'at-once' });
    const isElsewhere = this.#catalog.list().some(({ record }) => !isInHome(record.path));
    if (isElsewhere || settings.get().modelFolders.length > 0) this.#rescanInBackground();
    let folders = JSON.stringify(settings.get().modelFolders);
    this.#unsubscribe = settings.subscribe(({ modelFolders }) => {
      if (JSON.stringify(modelFolders) === folders) return;
      folders = JSON.stringify(modelFolders);
      this.#rescanInBackground();
    });
  }

  list(): ModelRecord[] {
    this.#records ??= this.#createRecords();
    return this.#records;
  }

  get(id: string): ModelRecord | undefined {
    return this.list().find((record) => record.id === id);
  }

  require(name: string): ModelRecord {
    const found = findByName(this.list(), name);
    if (!found) throw unknownModel(this.list(), name);
    return found;
  }

  resolve(name: string | undefined): ModelRecord {
    const { defaultModel, fallbackToDefaultModel } = this.#options.settings.get();
    const named = name === undefined ? undefined : findByName(this.list(), name);
    if (!named && name !== undefined && !fallbackToDefaultModel) throw unknownModel(this.list(), name);
    const model = named ?? (defaultModel === null ? undefined : findByName(this.list(), defaultModel));
    if (!model) throw missingDefault(this.list(), defaultModel);
    this.#requireUnchanged(model);
    return model;
  }

  problemOf(id: string): WireError | undefined {
    const entry = this.#catalog.get(id);
    if (!entry) return undefined;
    if (this.#missing.has(id)) return missingFile(entry).toWire();
    const broken = this.#catalog.getBroken(entry.record.path);
    return broken?.fingerprint === entry.fingerprint ? undefined : broken?.problem;
  }

  brokenFiles(): BrokenFile[] {
    return this.#catalog
      .listBroken()
      .filter(({ problem }) => problem.code !== 'model-duplicate')
      .map((broken) => ({ path: broken.path, problem: broken.problem }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async import(file: string, { signal }: { signal?: AbortSignal } = {}): Promise<ModelRecord> {
    requireLocalPath(file);
    const { record } = await this.#import.register(file, signal);
    this.#missing.delete(record.id);
    this.#changed();
    return this.get(record.id) ?? record;
  }

  forget(id: string): void {
    const { record } = this.#catalog.get(id) ?? {};
    if (!record) throw unknownModel(this.list(), id);
    if (this.#options.inUse?.isInUse(id)) {
      throw new AppError('model-in-use', `The model ${id} is in memory.`, {
        hint: `Unload it first, for example with: impetus stop ${id}`,
        data: { model: id },
      });
    }
    this.#catalog.forget(id);
    this.#missing.delete(id);
    this.#changed();
  }

  setTrust(id: string, trust: ModelTrust): void {
    this.#catalog.setTrust(id, trust);
    this.#changed();
  }

  modelSettings(id: string): ModelSettings {
    return this.#modelSettings.get(id);
  }

  async updateModelSettings(id: string, patch: ModelSettingsPatch): Promise<ModelSettings> {
    const { id: known } = this.require(id);
    const settings = await this.#modelSettings.update(known, patch);
    this.#changed();
    return settings;
  }

  async digest(id: string, signal: AbortSignal): Promise<string> {
    const { record, fingerprint } = this.#catalog.get(this.require(id).id) ?? {};
    if (!record) throw unknownModel(this.list(), id);
    if (record.sha256 !== null) return record.sha256;
    const sha256 = await digestFiles(listShards(record.path), signal);
    // A file that has changed meanwhile is not the one that was read.
    if (this.#catalog.get(record.id)?.fingerprint === fingerprint) {
      this.#catalog.setSha256(record.id, sha256);
      this.#changed();
    }
    return sha256;
  }

  rescan(): Promise<void> {
    const { paths, settings } = this.#options;
    const folders = [paths.models, ...settings.get().modelFolders];
    return this.#scan({ folders, isInScope: () => true, pace: 'background' });
  }

  onChange(listener: () => void): () => void {
    return this.#changes.subscribe(listener);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#closing.abort();
    await this.#scans.run(async () => undefined);
  }

  async #scan({ folders, isInScope, pace }: Scan): Promise<void> {
    await this.#scans.run(async () => {
      if (this.#closing.signal.aborted) return;
      const { paths, settings, logger } = this.#options;
      this.#folders = await Promise.all([paths.models, ...settings.get().modelFolders].map(withoutLinks));
      await this.#modelSettings.read();
      const { examined, missing } = await rescan(folders, {
        catalog: this.#catalog,
        modelImport: this.#import,
        logger,
        signal: this.#closing.signal,
        isInScope,
        pace,
        onChange: () => this.#changed(),
      });
      for (const id of examined) this.#missing.delete(id);
      for (const id of missing) this.#missing.add(id);
      this.#changed();
    });
  }

  #rescanInBackground(): void {
    this.rescan().catch((thrown: unknown) => {
      this.#options.logger.error({ room: 'library', error: toAppError(thrown).message }, 'A scan for models failed.');
    });
  }

  /** The file is there and is the one that passed the pre-check; if not, it is read again before anything loads it. */
  #requireUnchanged({ id }: ModelRecord): void {
    const now = performance.now();
    if (this.#unchanged.id === id && now - this.#unchanged.at < fileLookMs) return;
    const entry = this.#catalog.get(id);
    if (!entry) return;
    const current = readFingerprintSync(entry.record.path);
    if (current === undefined) {
      if (!this.#missing.has(id)) this.#changed();
      this.#missing.add(id);
      throw missingFile(entry);
    }
    if (this.#missing.delete(id)) this.#changed();
    if (current === entry.fingerprint) {
      this.#unchanged = { id, at: now };
      return;
    }
    const broken = this.#catalog.getBroken(entry.record.path);
    if (broken?.fingerprint === current) throw AppError.fromWire(broken.problem);
    this.#rescanInBackground();
    throw changedFile(entry);
  }

  #createRecords(): ModelRecord[] {
    const entries = this.#catalog.list();
    const names = entries.map(({ record }) => ({
      id: record.id,
      path: record.path,
      quantization: record.facts.quantization,
      addedAt: record.addedAt,
      userAliases: this.#modelSettings.get(record.id).aliases,
    }));
    const aliases = assignAliases(names, this.#folders);
    return entries
      .map(({ record }) => ({ ...record, aliases: aliases.get(record.id) ?? [] }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  #changed(): void {
    this.#records = undefined;
    this.#changes.emit();
  }
}

function missingFile({ record }: CatalogEntry): AppError {
  return new AppError('model-file-missing', `The file of ${record.id} is not there: ${record.path}.`, {
    hint: 'Connect its disk or put the file back; or import it from where it is now.',
    data: { model: record.id, path: record.path },
  });
}

function changedFile({ record }: CatalogEntry): AppError {
  return new AppError('model-file-invalid', `The file of ${record.id} has changed on disk and is being read again.`, {
    hint: 'Send the request again in a moment.',
    data: { model: record.id, path: record.path, problem: 'changed' },
  });
}
