import type { Settings } from '#shared/domain/settings.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { isLoopbackAddress } from './allowed-hosts.ts';

/**
 * `open`: everybody who passes the gate. `inference`: running and listing models. `management`: whatever changes what
 * is on the disk or in the settings.
 */
export type AccessLevel = 'open' | 'inference' | 'management';

export interface AccessFacts {
  /** Address of the client. */
  remoteAddress: string | undefined;
  /** The request carries what lets its bearer manage models. */
  isManager?: boolean;
  settings: Pick<Settings, 'allowKeylessManagement'>;
}

/** Keyless on loopback for inference; management there only when the user allows it. Throws `unauthorized`. */
export function checkAccess(level: AccessLevel, { remoteAddress, isManager = false, settings }: AccessFacts): void {
  if (level === 'open') return;
  if (remoteAddress === undefined || !isLoopbackAddress(remoteAddress)) {
    throw new AppError('unauthorized', 'Requests from another machine need a key, and none is set up.', {
      hint: 'Call Impetus from the machine it runs on.',
    });
  }
  if (level === 'management' && !isManager && !settings.allowKeylessManagement) {
    throw new AppError('unauthorized', 'Managing models and settings needs the control token.', {
      hint: 'Use the impetus command, or turn on the setting allowKeylessManagement.',
    });
  }
}
