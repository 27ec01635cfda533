import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Where the program's own files lie, from a clone, from `dist/` and from a packaged app alike. */
export interface AppFiles {
  root: string;
  version: string;
  /** Built interface; may be absent before the first build. */
  rendererFolder: string;
  /** Module that an engine child runs. */
  engineEntry: string;
  /** Module that a thread for chat templates runs. */
  templateEntry: string;
}

export function findAppFiles(): AppFiles {
  const root = findRoot(import.meta.dirname);
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  // Node runs the sources directly, so a start from the sources needs no built worker.
  const isSource = import.meta.filename.endsWith('.ts');
  const engines = path.join(import.meta.dirname, 'engines');
  const built = path.join(root, 'dist', 'worker');
  return {
    root,
    version,
    rendererFolder: path.join(root, 'dist', 'renderer'),
    engineEntry: isSource ? path.join(engines, 'hosts', 'child-entry.ts') : path.join(built, 'engine.js'),
    templateEntry: isSource
      ? path.join(engines, 'llama-cpp', 'templates', 'template-thread-entry.ts')
      : path.join(built, 'templates.js'),
  };
}

function findRoot(folder: string): string {
  if (existsSync(path.join(folder, 'package.json'))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error('The package.json of Impetus is missing.');
  return findRoot(parent);
}
