import type { ControlCarrier } from '#shared/control/transports/ipc.ts';

/** What the desktop's preload script puts on `window.impetus`; absent in a browser. */
export interface DesktopBridge extends ControlCarrier {
  /** The path of a file the user dropped or picked; empty when it is no file of the disk. */
  pathForFile(file: File): string;
  /** `darwin`, `win32`, `linux`. */
  readonly platform: string;
}

declare global {
  interface Window {
    readonly impetus?: DesktopBridge;
  }
}

/** The desktop's bridge; undefined when the page runs in a browser. */
export function findBridge(): DesktopBridge | undefined {
  return window.impetus;
}
