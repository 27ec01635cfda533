import type { Settings, SettingsPatch } from '#shared/domain/settings.ts';

/** The user's settings, whatever keeps them. Readers always see a whole, valid set. */
export interface SettingsStore {
  get(): Settings;
  /**
   * Changes the named settings only and resolves when they are on disk. Errors: `invalid-request` names the setting
   * that does not fit, `disk-full`; nothing has changed then.
   */
  update(patch: SettingsPatch): Promise<Settings>;
  /** Called after every change with the new settings; returns the unsubscribe function. */
  subscribe(listener: (settings: Settings) => void): () => void;
}
