import type { Library } from '../library/index.ts';

/** What dialects that name, add and remove models ask of the library. */
export type ManagedLibrary = Pick<
  Library,
  'list' | 'require' | 'modelSettings' | 'updateModelSettings' | 'forget' | 'import'
>;
