import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { toHomePaths, type HomePaths } from '#main/base/index.ts';
import { openLibrary, type Library, type LibraryOptions } from '#main/library/index.ts';
import { openDatabase, openSettingsFile, type SettingsFile } from '#main/storage/index.ts';
import type { SettingsPatch } from '#shared/domain/settings.ts';
import { encodeGguf, text } from './gguf-bytes.ts';
import { changeMetadata } from './hostile-gguf.ts';
import { createRecordedLogger } from './recorded-logger.ts';
import { createTempFolder } from './temp-folder.ts';

export interface TestHome {
  paths: HomePaths;
  /** A folder beside the home, for files that lie elsewhere. */
  elsewhere: string;
  lines: Record<string, unknown>[];
  /** Opens the library as a start of Impetus does; everything is closed when the test ends, or by `close`. */
  open(settings?: SettingsPatch, inUse?: LibraryOptions['inUse']): Promise<OpenedLibrary>;
}

interface OpenedLibrary {
  library: Library;
  settings: SettingsFile;
  close: () => Promise<void>;
}

/** A temporary home with a real database, real settings and real files. */
export async function createTestHome(): Promise<TestHome> {
  const folder = await createTempFolder();
  const paths = toHomePaths(path.join(folder, 'home'));
  const elsewhere = path.join(folder, 'elsewhere');
  await mkdir(paths.models, { recursive: true });
  await mkdir(elsewhere);
  const { logger, lines } = createRecordedLogger();
  return {
    paths,
    elsewhere,
    lines,
    async open(patch, inUse) {
      const database = openDatabase({ file: paths.database, logger });
      const settings = await openSettingsFile({ file: paths.settings, logger });
      if (patch) await settings.update(patch);
      const library = await openLibrary({ paths, database, settings, logger, ...(inUse ? { inUse } : {}) });
      const close = async () => {
        await library.close();
        database.close();
      };
      onTestFinished(close);
      return { library, settings, close };
    },
  };
}

/** A small valid model; models of different names have different bytes. Returns the path. */
export async function writeModelFile(file: string, name: string): Promise<string> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, encodeGguf(changeMetadata({ 'general.name': text(name) })));
  return file;
}
