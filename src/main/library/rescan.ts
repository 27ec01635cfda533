import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import type { Logger } from '../base/index.ts';
import type { BrokenEntry, Catalog, CatalogEntry } from './catalog.ts';
import { readFingerprints } from './file-status.ts';
import type { ModelImport } from './import-model.ts';
import { scanFolder, type ScanPace } from './scan-folder.ts';

export interface RescanOptions {
  catalog: Catalog;
  modelImport: ModelImport;
  logger: Pick<Logger, 'info' | 'warn'>;
  signal: AbortSignal;
  pace: ScanPace;
  /** Whether this scan looks at a path that the catalog knows already. */
  isInScope: (path: string) => boolean;
  /** Called after every change of the catalog. */
  onChange: () => void;
}

export interface RescanResult {
  /** Ids of the models whose files were looked for. */
  examined: string[];
  /** Those of them that are not there. */
  missing: string[];
}

type Fingerprints = ReadonlyMap<string, string | undefined>;

/** Problems that the file's size and time say nothing about: they are looked at again in every scan. */
const passingProblems = new Set(['permission', 'unreadable']);

/**
 * Brings the catalog in line with the disk: new files in the folders are registered, changed ones read again, broken
 * ones remembered, and the ids of models whose file is gone are returned. Files that are known and unchanged are not
 * opened. One bad file never keeps the others out.
 */
export async function rescan(folders: readonly string[], options: RescanOptions): Promise<RescanResult> {
  const files = await findFiles(folders, options);
  const { catalog, signal, isInScope } = options;
  const known = catalog.list().filter(({ record }) => isInScope(record.path));
  const broken = catalog.listBroken().filter((entry) => isInScope(entry.path));
  const paths = new Set([...known.map(({ record }) => record.path), ...broken.map((entry) => entry.path), ...files]);
  const fingerprints = await readFingerprints([...paths], options.pace);
  const missing = new Set(known.filter(({ record }) => !fingerprints.get(record.path)).map(({ record }) => record.id));
  for (const entry of broken) if (!fingerprints.get(entry.path)) catalog.removeBroken(entry.path);
  for (const entry of known) {
    if (fingerprints.get(entry.record.path) === entry.fingerprint) catalog.removeBroken(entry.record.path);
    if (needsReading(entry, fingerprints, catalog)) await read(entry.record.path, fingerprints, options);
  }
  for (const file of files) {
    if (signal.aborted) break;
    if (!isSettled(file, { catalog, fingerprints, missing })) await read(file, fingerprints, options);
  }
  // A copy found elsewhere may have taken a missing model's place.
  const stillMissing = [...missing].filter((id) => !fingerprints.get(catalog.get(id)?.record.path ?? ''));
  return { examined: known.map(({ record }) => record.id), missing: stillMissing };
}

async function findFiles(folders: readonly string[], { logger, pace }: RescanOptions): Promise<string[]> {
  const files = new Set<string>();
  for (const folder of folders) {
    const found = await scanFolder(await withoutLinks(folder), { pace });
    for (const file of found.files) files.add(file);
    if (!found.isComplete) logger.warn({ room: 'library', folder }, 'A model folder could not be searched to the end.');
  }
  return [...files];
}

/** Model folders with links resolved, as the catalog's paths are. */
export async function withoutLinks(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch {
    return path.resolve(folder);
  }
}

function needsReading({ record, fingerprint }: CatalogEntry, fingerprints: Fingerprints, catalog: Catalog): boolean {
  const current = fingerprints.get(record.path);
  if (current === undefined || current === fingerprint) return false;
  return !isStillBroken(catalog.getBroken(record.path), current);
}

function isStillBroken(broken: BrokenEntry | undefined, fingerprint: string | undefined): boolean {
  if (!broken || broken.fingerprint !== fingerprint || broken.problem.code === 'model-file-missing') return false;
  return !passingProblems.has(String(broken.problem.data?.['problem']));
}

/** Known, unwanted, broken as before, or a copy of a model that is still there. */
function isSettled(
  file: string,
  { catalog, fingerprints, missing }: { catalog: Catalog; fingerprints: Fingerprints; missing: ReadonlySet<string> },
): boolean {
  if (catalog.findByPath(file) || catalog.isForgotten(file)) return true;
  const broken = catalog.getBroken(file);
  if (broken?.problem.code === 'model-duplicate') {
    const original = String(broken.problem.data?.['id']);
    if (!catalog.get(original) || missing.has(original)) return false;
  }
  return isStillBroken(broken, fingerprints.get(file));
}

/** Reads one file into the catalog, or remembers why not. */
async function read(file: string, fingerprints: Fingerprints, options: RescanOptions): Promise<void> {
  const { catalog, modelImport, logger, signal, onChange } = options;
  const remember = (problem: AppError) =>
    catalog.putBroken({ path: file, fingerprint: fingerprints.get(file) ?? '', problem: problem.toWire() });
  try {
    const { record } = await modelImport.register(file, signal);
    if (record.path !== file) remember(duplicateOf(record.id, file));
    else logger.info({ room: 'library', model: record.id, path: file }, 'A model was found.');
  } catch (thrown) {
    const problem = toAppError(thrown);
    if (problem.code === 'cancelled') return;
    remember(problem);
    const known = catalog.findByPath(file);
    if (known) catalog.setTrust(known.record.id, 'new');
    logger.warn({ room: 'library', path: file, problem: problem.code }, problem.message);
  }
  onChange();
}

function duplicateOf(id: string, file: string): AppError {
  return new AppError('model-duplicate', `${path.basename(file)} is the same file as the model ${id}.`, {
    data: { id, path: file },
  });
}
