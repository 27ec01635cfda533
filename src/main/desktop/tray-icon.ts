import type { Glyph } from './state-words.ts';

/** How the desktop wants its icons; `isDark` is about the taskbar, not the windows. */
export interface IconStyle {
  platform: NodeJS.Platform;
  isDark: boolean;
}

/**
 * File name of a glyph in `resources/tray`. macOS tints a template image itself and finds the `@2x` file beside it;
 * Windows gets one `.ico` per theme; Linux a symbolic PNG that reads on both.
 */
export function trayIconFile(glyph: Glyph, { platform, isDark }: IconStyle): string {
  if (platform === 'darwin') return `${glyph}Template.png`;
  if (platform === 'win32') return `${glyph}-${isDark ? 'dark' : 'light'}.ico`;
  return `${glyph}.png`;
}
