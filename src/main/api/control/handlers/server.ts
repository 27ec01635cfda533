import type { serverCommands, serverSignals } from '#shared/control/contracts/server.contract.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import type { BrowserAccess, ServerControl } from '../ports.ts';

export function serverHandlers(
  control: ServerControl,
  browserAccess: BrowserAccess | undefined,
): TopicHandlers<keyof typeof serverCommands, never, keyof typeof serverSignals> {
  return {
    commands: {
      'server.state': () => control.state(),
      'server.pause': async () => {
        await control.pause();
        return control.state();
      },
      'server.resume': async () => {
        await control.resume();
        return control.state();
      },
      'server.openUi': () => {
        if (!browserAccess) throw noServer();
        return { url: `${control.state().baseUrl}/ui?code=${browserAccess.mintCode()}` };
      },
      'server.shutdown': () => {
        control.shutdown();
        return {};
      },
    },
    channels: {},
    signals: {
      'server.changed': { read: () => control.state(), onChange: (listener) => control.subscribe(listener) },
    },
  };
}

function noServer(): AppError {
  return new AppError('not-available', 'No server is running, so there is no page to open.', {
    hint: 'Start one with `impetus serve`.',
  });
}
