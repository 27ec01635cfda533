import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Glyph } from '#main/desktop/state-words.ts';
import { trayIconFile } from '#main/desktop/tray-icon.ts';

const folder = path.resolve(import.meta.dirname, '../../../resources/tray');
const glyphs: Glyph[] = ['starting', 'ready', 'busy', 'paused', 'problem'];
const platforms: NodeJS.Platform[] = ['darwin', 'win32', 'linux'];

describe('the tray icon', () => {
  test('is a template image on macOS, one icon per theme on Windows, one drawing on Linux', () => {
    expect(trayIconFile('busy', { platform: 'darwin', isDark: true })).toBe('busyTemplate.png');
    expect(trayIconFile('busy', { platform: 'win32', isDark: true })).toBe('busy-dark.ico');
    expect(trayIconFile('busy', { platform: 'win32', isDark: false })).toBe('busy-light.ico');
    expect(trayIconFile('busy', { platform: 'linux', isDark: true })).toBe('busy.png');
  });

  test('has a file for every state, platform and theme, drawn differently for each state', () => {
    for (const platform of platforms) {
      for (const isDark of [true, false]) {
        const files = glyphs.map((glyph) => path.join(folder, trayIconFile(glyph, { platform, isDark })));
        expect(new Set(files.map((file) => readFileSync(file).toString('base64')))).toHaveLength(5);
        if (platform !== 'win32') {
          expect(files.every((file) => existsSync(file.replace('.png', '@2x.png')))).toBe(true);
        }
      }
    }
  });
});
