import type { settingsCommands, settingsSignals } from '#shared/control/contracts/settings.contract.ts';
import type { SettingsStore } from '../../../storage/index.ts';
import type { TopicHandlers } from '../control-handlers.ts';

export function settingsHandlers(
  settings: SettingsStore,
): TopicHandlers<keyof typeof settingsCommands, never, keyof typeof settingsSignals> {
  return {
    commands: {
      'settings.get': () => settings.get(),
      'settings.update': (patch) => settings.update(patch),
    },
    channels: {},
    signals: {
      'settings.changed': { read: () => settings.get(), onChange: (listener) => settings.subscribe(listener) },
    },
  };
}
