import path from 'node:path';
import type { Plugin } from 'vite';
import { splitTarget } from './ledger.ts';
import { mutateSource } from './mutate-source.ts';

/** Breaks the export that IMPETUS_MUTATE names (`src/….ts#export`) in whatever Vite transforms; nothing without it. */
export function mutatePlugin(target = process.env['IMPETUS_MUTATE']): Plugin[] {
  if (!target) return [];
  const { path: file, name } = splitTarget(target);
  const absolute = path.resolve(import.meta.dirname, '..', '..', file).replaceAll('\\', '/');
  return [
    {
      name: 'impetus-mutate',
      enforce: 'pre',
      transform(code, id) {
        return id.split('?')[0] === absolute ? mutateSource(code, name) : undefined;
      },
    },
  ];
}
