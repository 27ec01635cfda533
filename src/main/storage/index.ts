/**
 * Where Impetus keeps what must survive a restart: the SQLite database with its migrations, and the settings file.
 * Called by the composition root, and by rooms that own tables (their queries live with them).
 * Knows no models, no engines and nothing about who asks for a setting.
 */
export { openDatabase, type Database, type SqlRow } from './database.ts';
export { toFileError } from './file-error.ts';
export { keepAside } from './keep-aside.ts';
export { openSettingsFile, type SettingsFile } from './settings-file.ts';
export { openResponseStore, type ResponseStore, type StoredResponse } from './response-store.ts';
export { openStateFolder, type StateFolder } from './state-folder.ts';
export type { SettingsStore } from './settings-store.ts';
