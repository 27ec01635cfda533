import { AppError } from '#shared/errors/app-error.ts';

const fullDisk = new Set(['ENOSPC', 'EDQUOT']);
const notAllowed = new Set(['EACCES', 'EPERM', 'EROFS']);

/**
 * A failed file operation as a typed error that names the file and the next step. `action` completes "could not be …":
 * `written`, `read`, `opened`. Codes: `disk-full`, else `internal`.
 */
export function toFileError(thrown: unknown, { file, action }: { file: string; action: string }): AppError {
  const systemCode = readSystemCode(thrown);
  if (fullDisk.has(systemCode)) {
    return new AppError('disk-full', `${file} could not be ${action}: the disk is full.`, {
      hint: 'Free some space on that disk and try again.',
      cause: thrown,
    });
  }
  if (notAllowed.has(systemCode)) {
    return new AppError('internal', `${file} could not be ${action}: permission denied.`, {
      hint: 'Give the user that runs Impetus the right to read and write that file and its folder.',
      data: { systemCode },
      cause: thrown,
    });
  }
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  return new AppError('internal', `${file} could not be ${action}: ${reason}`, {
    hint: 'Check that the disk is present and healthy.',
    ...(systemCode === '' ? {} : { data: { systemCode } }),
    cause: thrown,
  });
}

/** `ENOENT` and the like, or the empty string. */
export function readSystemCode(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return '';
  return typeof thrown.code === 'string' ? thrown.code : '';
}
