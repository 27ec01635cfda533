import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { AppFiles } from './app-files.ts';
import type { Library } from './library/index.ts';
import type { RunOptions, RunSettings } from './run-options.ts';

export interface DefaultModelOptions {
  library: Pick<Library, 'list' | 'resolve' | 'import' | 'onChange'>;
  settings: RunSettings;
  run: RunOptions;
  files: AppFiles;
}

/**
 * Decides the default model of this run: the one named by `--model` (a path is registered in place), else the one of
 * the settings, else the curated default, else the first model there is, also when it comes later. Returns what ends
 * the watch. Errors: those of an import, `model-not-found`.
 */
export async function watchDefaultModel(options: DefaultModelOptions): Promise<() => void> {
  const { library, settings, run } = options;
  if (run.model === 'none') return () => undefined;
  if (run.model !== undefined) {
    settings.override({ defaultModel: (await findNamed(run.model, library)).id });
    return () => undefined;
  }
  const curatedFile = await readCuratedFile(options.files);
  const choose = (): void => {
    if (settings.get().defaultModel !== null) return;
    const models = library.list();
    const chosen = models.find((model) => path.basename(model.path) === curatedFile) ?? models[0];
    if (chosen) settings.override({ defaultModel: chosen.id });
  };
  choose();
  return library.onChange(choose);
}

async function findNamed(name: string, library: DefaultModelOptions['library']): Promise<ModelRecord> {
  const looksLikePath = path.isAbsolute(name) || /\.gguf$/i.test(name) || name.startsWith('.');
  return looksLikePath
    ? library.import(path.resolve(name), { signal: new AbortController().signal })
    : library.resolve(name);
}

const curatedSchema = z.object({
  default: z.string(),
  models: z.array(z.object({ name: z.string(), file: z.string() })),
});

/** File name of the curated default model. */
async function readCuratedFile({ root }: AppFiles): Promise<string | undefined> {
  const text = await readFile(path.join(root, 'resources', 'curated-models.json'), 'utf8');
  const curated = curatedSchema.parse(JSON.parse(text));
  return curated.models.find(({ name }) => name === curated.default)?.file;
}
