import path from 'node:path';
import { AppError } from '#shared/errors/app-error.ts';

export interface Problem {
  /** Absolute path of the file. */
  file: string;
  /** Short stable name of the finding, for programs: `truncated`, `block-count`. */
  problem: string;
  /** What is wrong, as a whole sentence. */
  detail: string;
  /** The next step; a default stands in. */
  hint?: string;
  cause?: unknown;
}

/** The file claims to be a model and is broken. */
export function invalidModelFile({ file, problem, detail, hint, cause }: Problem): AppError {
  return new AppError('model-file-invalid', `${path.basename(file)} is not a usable model file. ${detail}`, {
    hint: hint ?? 'Download the file again, or choose another one.',
    data: { path: file, problem },
    cause,
  });
}

/** The file is something else, or a kind of model that Impetus does not run. */
export function unsupportedModelFile({ file, problem, detail, hint, cause }: Problem): AppError {
  return new AppError('model-format-unsupported', `${path.basename(file)} cannot be used as a model. ${detail}`, {
    hint: hint ?? 'Choose a model in the GGUF format.',
    data: { path: file, problem },
    cause,
  });
}

export function missingModelFile(file: string, cause?: unknown): AppError {
  return new AppError('model-file-missing', `There is no file at ${file}.`, {
    hint: 'Check the path, and that the disk it lies on is connected.',
    data: { path: file },
    cause,
  });
}
