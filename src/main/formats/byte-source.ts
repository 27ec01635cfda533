import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { invalidModelFile, missingModelFile, unsupportedModelFile } from './format-problem.ts';

/** Bytes that can be read anywhere: a file, or a buffer in tests. */
export interface ByteSource {
  /** Absolute path, for messages. */
  file: string;
  size: number;
  /** Fills `buffer` from `position` on and returns how many bytes there were. */
  read(buffer: Buffer, position: number): Promise<number>;
}

export interface OpenFile extends ByteSource {
  /** Size and time of change: what tells a changed file from the one that was read. */
  fingerprint: string;
}

/**
 * Opens a regular file for reading and closes it after `work`. Folders, devices and pipes are refused by name without
 * waiting on them; the check is made on what was opened, not on its name. Errors: `model-file-missing`,
 * `model-format-unsupported`, `model-file-invalid` where it cannot be read.
 */
export async function withModelFile<Result>(file: string, work: (source: OpenFile) => Promise<Result>) {
  const handle = await openFile(file);
  try {
    return await work(await toSource(file, handle));
  } finally {
    await handle.close();
  }
}

/** How a file is told from a later state of itself: size and time of change in milliseconds. */
export function toFingerprint({ size, mtimeMs }: { size: number; mtimeMs: number }): string {
  return `${size}-${mtimeMs}`;
}

async function openFile(file: string): Promise<FileHandle> {
  try {
    return await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw toOpenError(file, error);
  }
}

async function toSource(file: string, handle: FileHandle): Promise<OpenFile> {
  const status = await handle.stat();
  if (status.isDirectory()) {
    throw unsupportedModelFile({
      file,
      problem: 'directory',
      detail: 'It is a folder.',
      hint: 'Choose the .gguf file inside the folder, or add the folder to the model folders in the settings.',
    });
  }
  if (!status.isFile()) {
    throw unsupportedModelFile({ file, problem: 'not-a-file', detail: 'It is a device, a pipe or a socket.' });
  }
  return {
    file,
    size: status.size,
    fingerprint: toFingerprint(status),
    read: (buffer, position) => readFully(file, handle, { buffer, position }),
  };
}

async function readFully(file: string, handle: FileHandle, { buffer, position }: { buffer: Buffer; position: number }) {
  try {
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return filled;
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Why a file could not be opened, as the error to answer with. */
export function toOpenError(file: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  if (code === 'ENOENT' || code === 'ENOTDIR') return missingModelFile(file, error);
  return unreadable(file, error);
}

function unreadable(file: string, error: unknown): Error {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const denied = code === 'EACCES' || code === 'EPERM';
  return invalidModelFile({
    file,
    problem: denied ? 'permission' : 'unreadable',
    detail: denied ? 'It cannot be read: permission denied.' : `It cannot be read (${code || String(error)}).`,
    hint: denied
      ? 'Give the user that runs Impetus the right to read the file.'
      : 'Check that the disk is connected and healthy.',
    cause: error,
  });
}
