import path from 'node:path';
import { AppError } from '#shared/errors/app-error.ts';

/**
 * The file of llama.cpp that this process has loaded already, through the addon of node-llama-cpp: the same one is
 * bound again, so that both share one registry of back ends. Errors: `model-load-failed` when it is not there.
 */
export function findLlamaLibrary(): string {
  const file = pickLibrary(readLoadedFiles(), 'llama');
  if (file !== undefined) return file;
  throw new AppError('model-load-failed', 'node-llama-cpp has not loaded its library llama.', {
    hint: 'Install exactly node-llama-cpp 3.22.1 (npm ci).',
  });
}

/** The last loaded file of a library: `libllama.v0.5.0.so`, `libllama.cuda.v0.5.0.so`, `libllama.dylib`, `llama.dll`. */
export function pickLibrary(files: readonly string[], name: string): string | undefined {
  const pattern = new RegExp(`^(lib)?${name}(\\.[a-z]+)?(\\.v?\\d[\\w.]*)?\\.(so|dylib|dll)$`);
  return files.findLast((file) => pattern.test(path.basename(file)));
}

/** The addon of node-llama-cpp that this process has loaded. */
export function findAddon(): string | undefined {
  return readLoadedFiles().findLast((file) => /^llama-addon.*\.node$/.test(path.basename(file)));
}

/** Which of the library's builds for this processor was loaded: another one rounds differently. */
export function readProcessorVariant(): string {
  const variants = readLoadedFiles().map((file) => /ggml-cpu-?(\w*)\.(?:so|dylib|dll)$/.exec(path.basename(file))?.[1]);
  return variants.findLast((variant) => variant !== undefined) ?? process.arch;
}

/** Node's own report names every library of the process. */
function readLoadedFiles(): string[] {
  const { sharedObjects } = process.report.getReport() as { sharedObjects?: unknown };
  return Array.isArray(sharedObjects) ? sharedObjects.filter((file) => typeof file === 'string') : [];
}
