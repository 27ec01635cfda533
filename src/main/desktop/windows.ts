import { app, dialog, nativeTheme, screen, type BrowserWindow } from 'electron';
import { keepPageAlive } from './keep-page-alive.ts';
import { createSecureWindow, pageUrl } from './secure-window.ts';
import type { ShellLog } from './shell-log.ts';
import { visibleBounds, windowSize, type WindowStateFile } from './window-state.ts';

export interface MainWindowOptions {
  preload: string;
  icon: string;
  state: WindowStateFile;
  log: ShellLog;
  onLink: (url: string) => void;
  /** True once the app is quitting: closing then closes, before it only hides. */
  isQuitting: () => boolean;
}

/** The one window: made at its first opening, hidden by its close button, made again when it is gone. */
export interface MainWindow {
  /** Opens or focuses it, at a page when one is named. */
  open(page?: string): void;
}

export function createMainWindow(options: MainWindowOptions): MainWindow {
  let window: BrowserWindow | undefined;
  return {
    open(page) {
      if (!window || window.isDestroyed()) {
        const made = make(options, page ?? '');
        // Shown when there is something to see: no white flash. Closed before that, it stays hidden.
        const showFirst = (): void => show(made);
        made.once('ready-to-show', showFirst);
        made.once('close', () => made.off('ready-to-show', showFirst));
        window = made;
        return;
      }
      if (page !== undefined) void window.loadURL(pageUrl(page));
      show(window);
    },
  };
}

function show(window: BrowserWindow): void {
  void app.dock?.show();
  if (window.isMinimized()) window.restore();
  window.show();
  window.focus();
}

function make(options: MainWindowOptions, page: string): BrowserWindow {
  const { state, log, preload, onLink } = options;
  const workAreas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const window = createSecureWindow({
    preload,
    page,
    onLink,
    window: { ...frame(options), ...windowSize, ...visibleBounds(state.get().bounds, workAreas), show: false },
  });
  keepPageAlive(window, log);
  window.on('close', (event) => {
    void state.update({ bounds: window.getNormalBounds() });
    if (options.isQuitting()) return;
    event.preventDefault();
    window.hide();
    app.dock?.hide();
    void tellOnce(state);
  });
  return window;
}

/** The page's own ground, so that nothing flashes before it is drawn. */
export function windowColor(isDark: boolean): string {
  return isDark ? '#191d1f' : '#ffffff';
}

/** macOS insets the controls, Windows draws them over the toolbar, Linux keeps the system's frame. */
function frame({ icon }: MainWindowOptions) {
  const isDark = nativeTheme.shouldUseDarkColors;
  const base = { title: 'Impetus', backgroundColor: windowColor(isDark), autoHideMenuBar: true };
  switch (process.platform) {
    case 'darwin':
      return { ...base, titleBarStyle: 'hiddenInset' as const };
    case 'win32': {
      const titleBarOverlay = { color: '#00000000', symbolColor: isDark ? '#e8eced' : '#13191c', height: 48 };
      return { ...base, icon, titleBarStyle: 'hidden' as const, titleBarOverlay };
    }
    default:
      return { ...base, icon };
  }
}

async function tellOnce(state: WindowStateFile): Promise<void> {
  if (state.get().toldAboutClosing) return;
  await state.update({ toldAboutClosing: true });
  await dialog.showMessageBox({
    type: 'info',
    message: 'Impetus keeps running in the menu bar.',
    detail: 'Close hides the window. Quit from the tray icon stops the server.',
    buttons: ['OK'],
  });
}
