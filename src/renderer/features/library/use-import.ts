import { useState } from 'react';
import type { ModelSummary } from '#shared/domain/model.ts';
import { AppError, toAppError } from '#shared/errors/app-error.ts';
import { findBridge } from '../../control/bridge.ts';
import { useControl } from '../../control/control-context.ts';

/** One file on its way into the library. */
export type ImportItem = { name: string } & (
  { state: 'working' } | { state: 'done'; model: ModelSummary } | { state: 'failed'; error: AppError }
);

export interface Imports {
  items: readonly ImportItem[];
  addPath: (path: string) => void;
  /** Files from a drop or the file dialog; only the desktop can tell where they lie. */
  addFiles: (files: readonly File[]) => void;
  clear: () => void;
}

/** Registers files in place, each by itself: one that is refused never costs the others. */
export function useImport(): Imports {
  const { client } = useControl();
  const [items, setItems] = useState<readonly ImportItem[]>([]);

  function put(item: ImportItem): void {
    setItems((known) => [...known.filter(({ name }) => name !== item.name), item]);
  }

  async function importPath(path: string, name: string): Promise<void> {
    put({ name, state: 'working' });
    try {
      put({ name, state: 'done', model: await client.command('models.import', { path }) });
    } catch (thrown) {
      put({ name, state: 'failed', error: toAppError(thrown) });
    }
  }

  function addFile(file: File): void {
    const path = findBridge()?.pathForFile(file) ?? '';
    if (path === '') put({ name: file.name, state: 'failed', error: pathUnknown(file.name) });
    else void importPath(path, file.name);
  }

  return {
    items,
    addPath: (path) => void importPath(path, path),
    addFiles: (files) => files.forEach(addFile),
    clear: () => setItems([]),
  };
}

function pathUnknown(name: string): AppError {
  return new AppError('not-available', `A browser does not tell where ${name} lies on the disk.`, {
    hint: 'Type its path above, or drop it on the window of the desktop app.',
  });
}
