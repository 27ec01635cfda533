import path from 'node:path';
import { Menu, nativeTheme, Tray, type MenuItemConstructorOptions, type Rectangle } from 'electron';
import type { ModelSummary } from '#shared/domain/model.ts';
import { toGlyph, tooltip, type SeenServer } from './state-words.ts';
import { trayIconFile } from './tray-icon.ts';
import { trayMenu, type TrayAction, type TrayMenuItem } from './tray-menu.ts';

export interface TrayOptions {
  /** Folder of `resources/tray`. */
  icons: string;
  isAttached: boolean;
  onAction: (action: TrayAction) => void;
  /** Left click; the bounds are all zero where the desktop does not tell them. */
  onClick: (bounds: Rectangle) => void;
}

/** The icon in the menu bar with its native menu. */
export interface TrayIcon {
  show(server: SeenServer, models: readonly ModelSummary[]): void;
}

/** Must stay referenced as long as the app runs, or the icon is collected. */
export function createTray(options: TrayOptions): TrayIcon {
  let server: SeenServer = 'connecting';
  let shown = '';
  const tray = new Tray(iconPath(options, server));
  tray.on('click', (_event, bounds) => options.onClick(bounds));
  nativeTheme.on('updated', () => tray.setImage(iconPath(options, server)));

  return {
    show(state, models) {
      server = state;
      const items = trayMenu({ server, models, isAttached: options.isAttached });
      // An open menu closes when it is set again, and the desktop reads all of it: only real changes are worth that.
      const next = JSON.stringify([toGlyph(server), tooltip(server), items]);
      if (next === shown) return;
      shown = next;
      tray.setImage(iconPath(options, server));
      tray.setToolTip(tooltip(server));
      attachMenu(tray, Menu.buildFromTemplate(toTemplate(items, options.onAction)));
    },
  };
}

function iconPath({ icons }: TrayOptions, server: SeenServer): string {
  const style = { platform: process.platform, isDark: nativeTheme.shouldUseDarkColors };
  return path.join(icons, trayIconFile(toGlyph(server), style));
}

/** On macOS a menu that is set swallows the left click, so it is opened by hand on the right one. */
function attachMenu(tray: Tray, menu: Menu): void {
  if (process.platform !== 'darwin') return tray.setContextMenu(menu);
  tray.removeAllListeners('right-click');
  tray.on('right-click', () => tray.popUpContextMenu(menu));
}

function toTemplate(
  items: readonly TrayMenuItem[],
  onAction: (action: TrayAction) => void,
): MenuItemConstructorOptions[] {
  return items.map((item): MenuItemConstructorOptions => {
    switch (item.kind) {
      case 'separator':
        return { type: 'separator' };
      case 'submenu':
        return { label: escape(item.label), enabled: item.enabled, submenu: toTemplate(item.items, onAction) };
      case 'action':
        return {
          label: escape(item.label),
          enabled: item.enabled,
          click: () => onAction(item.action),
          ...(item.isChecked === undefined ? {} : { type: 'checkbox', checked: item.isChecked }),
        };
    }
  });
}

/** `&` marks a mnemonic in every native menu. */
function escape(label: string): string {
  return label.replaceAll('&', '&&');
}
