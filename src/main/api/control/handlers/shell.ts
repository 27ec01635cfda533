import type { ShellCommandName } from '#shared/control/contracts/shell.contract.ts';
import { AppError } from '#shared/errors/app-error.ts';
import type { TopicHandlers } from '../control-handlers.ts';

/** What only the desktop shell can do. The shell answers these itself, before the router; here there is none. */
export function shellHandlers(): TopicHandlers<ShellCommandName> {
  return {
    commands: {
      'shell.openWindow': refuse,
      'shell.hidePopover': refuse,
      'shell.resizePopover': refuse,
      'shell.openLogsFolder': refuse,
      'shell.quit': refuse,
    },
    channels: {},
    signals: {},
  };
}

function refuse(): never {
  throw new AppError('not-available', 'This needs the desktop app; Impetus runs without one here.');
}
