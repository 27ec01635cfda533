import { z } from 'zod';
import { command } from '../define-contract.ts';

const nothing = z.strictObject({});

/**
 * What only the desktop shell can do: it answers these itself, in its own process, before the router sees them. Without
 * a shell (headless, browser) the router answers each with `not-available`.
 */
export const shellCommands = {
  /** Opens the window, or brings it to the front, at a page: the hash route without `#/`, for example `chat`. */
  'shell.openWindow': command(z.strictObject({ page: z.string().regex(/^[a-z0-9/-]{0,64}$/) }), nothing, [
    'not-available',
  ]),
  /** Hides the popover, as Escape does. */
  'shell.hidePopover': command(nothing, nothing, ['not-available']),
  /** Tells the popover's window how high its content is, in CSS pixels. */
  'shell.resizePopover': command(z.strictObject({ height: z.int().min(1).max(10_000) }), nothing, ['not-available']),
  /** Shows the folder of the log files in the file manager. */
  'shell.openLogsFolder': command(nothing, nothing, ['not-available']),
  /** Quits the app and the server with it; asks first when requests are running. */
  'shell.quit': command(nothing, nothing, ['not-available']),
} as const;

export type ShellCommandName = keyof typeof shellCommands;

export function isShellCommandName(name: string): name is ShellCommandName {
  return Object.hasOwn(shellCommands, name);
}
