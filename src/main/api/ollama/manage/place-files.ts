import { constants } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '#shared/errors/app-error.ts';
import { toFileError } from '../../../storage/index.ts';
import { unsupportedField } from '../../check-fields.ts';
import { invalidParameter } from '../../validate.ts';
import type { BlobStore } from './blob-store.ts';

export interface WantedFiles {
  /** The name of the model to be. */
  name: string;
  /** Digests by file name. */
  files: Readonly<Record<string, string>>;
}

/**
 * Puts uploaded blobs into the models folder under their own names and answers the first file's path. Errors:
 * `unsupported-field` for anything but GGUF, `not-found` for a blob that was not sent, `disk-full`.
 */
export async function placeFiles(
  { name, files }: WantedFiles,
  { blobs, modelsFolder }: { blobs: BlobStore; modelsFolder: string },
): Promise<string> {
  const wanted = Object.entries(files).sort(([left], [right]) => (left < right ? -1 : 1));
  const folder = path.join(modelsFolder, 'created', toFolderName(name));
  const placed: string[] = [];
  for (const [fileName, digest] of wanted) {
    const target = path.join(folder, requireGgufName(fileName));
    const blob = await blobs.find(digest);
    if (blob === undefined) throw missingBlob(digest);
    await place(blob, target);
    placed.push(target);
  }
  const [first] = placed;
  if (first === undefined) throw invalidParameter('files', 'it is empty');
  return first;
}

/** The blob stays as a second name of the same bytes: it may belong to several models. */
async function place(blob: string, target: string): Promise<void> {
  try {
    await mkdir(path.dirname(target), { recursive: true });
    await rm(target, { force: true });
    // Some disks know no second names.
    await link(blob, target).catch(() => copyFile(blob, target, constants.COPYFILE_FICLONE));
  } catch (error) {
    throw toFileError(error, { file: target, action: 'written' });
  }
}

function requireGgufName(name: string): string {
  if (!/\.gguf$/i.test(name)) {
    throw unsupportedField(`files.${name}`, 'Models are made of GGUF files; others are not converted yet.');
  }
  if (/^[\w][\w .()+-]{0,200}$/.test(name)) return name;
  throw invalidParameter('files', `${JSON.stringify(name.slice(0, 64))} is no plain file name`);
}

/** Safe on every disk, and one for each name. */
function toFolderName(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9._-]/g, '-')
    .slice(0, 100);
}

function missingBlob(digest: string): AppError {
  return new AppError('not-found', `blob ${JSON.stringify(digest)} not found`, {
    hint: 'Send the file first: POST /api/blobs/DIGEST.',
    data: { digest },
  });
}
