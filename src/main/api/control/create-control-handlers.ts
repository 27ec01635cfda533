import type { LogFeed } from '../../base/index.ts';
import type { ControlHandlers } from './control-handlers.ts';
import { cacheHandlers } from './handlers/cache.ts';
import { inferenceHandlers } from './handlers/inference.ts';
import { logHandlers } from './handlers/logs.ts';
import { modelHandlers, type ModelHandlerPorts } from './handlers/models.ts';
import { passportHandlers } from './handlers/passports.ts';
import { serverHandlers } from './handlers/server.ts';
import { settingsHandlers } from './handlers/settings.ts';
import { shellHandlers } from './handlers/shell.ts';
import type { BrowserAccess, CacheControl, ServerControl } from './ports.ts';

export interface ControlHandlerPorts extends ModelHandlerPorts {
  logFeed: LogFeed;
  cache: CacheControl;
  serverControl: ServerControl;
  /** Absent where nothing is served over HTTP. */
  browserAccess?: BrowserAccess;
}

/** The handlers of the whole contract over the rooms of this process. */
export function createControlHandlers(ports: ControlHandlerPorts): ControlHandlers {
  const server = serverHandlers(ports.serverControl, ports.browserAccess);
  const models = modelHandlers(ports);
  const settings = settingsHandlers(ports.settings);
  const inference = inferenceHandlers(ports.inference);
  const logs = logHandlers(ports.logFeed);
  const passports = passportHandlers(ports.passports);
  return {
    commands: {
      ...server.commands,
      ...models.commands,
      ...settings.commands,
      ...cacheHandlers(ports.cache).commands,
      ...logs.commands,
      ...shellHandlers().commands,
    },
    channels: { ...inference.channels, ...logs.channels, ...passports.channels },
    signals: { ...server.signals, ...models.signals, ...settings.signals },
  };
}
