import type { MenuItemConstructorOptions } from 'electron';

export interface AppMenuOptions {
  platform: NodeJS.Platform;
  /** Adds Reload and the developer tools. */
  isDevelopment: boolean;
  openPage: (page: string) => void;
  quit: () => void;
}

/** The application menu. Its Edit roles are what makes copy and paste work on macOS. */
export function appMenu({ platform, isDevelopment, openPage, quit }: AppMenuOptions): MenuItemConstructorOptions[] {
  const settings = page('Settings…', 'CmdOrCtrl+,', () => openPage('settings'));
  const leave = page('Quit Impetus', 'CmdOrCtrl+Q', quit);
  const isMac = platform === 'darwin';
  return [
    {
      label: 'Impetus',
      submenu: isMac
        ? [
            { role: 'about' },
            separator,
            settings,
            separator,
            { role: 'hide' },
            { role: 'hideOthers' },
            separator,
            leave,
          ]
        : [settings, separator, leave],
    },
    {
      label: 'Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: 'View',
      submenu: [
        page('Home', 'CmdOrCtrl+1', () => openPage('home')),
        page('Chat', 'CmdOrCtrl+2', () => openPage('chat')),
        page('Library', 'CmdOrCtrl+3', () => openPage('library')),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        ...(isDevelopment ? developerRows : []),
      ],
    },
    { label: 'Window', submenu: [{ role: 'minimize' }, { role: 'close' }] },
  ];
}

const separator: MenuItemConstructorOptions = { type: 'separator' };
const developerRows: MenuItemConstructorOptions[] = [separator, { role: 'reload' }, { role: 'toggleDevTools' }];

function page(label: string, accelerator: string, click: () => void): MenuItemConstructorOptions {
  return { label, accelerator, click };
}
