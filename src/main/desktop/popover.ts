import { nativeTheme, screen, type BrowserWindow, type Rectangle } from 'electron';
import { keepPageAlive } from './keep-page-alive.ts';
import { popoverBounds, popoverWidth } from './popover-bounds.ts';
import { createPopoverToggle } from './popover-toggle.ts';
import { createSecureWindow } from './secure-window.ts';
import type { ShellLog } from './shell-log.ts';
import { windowColor } from './windows.ts';

export interface PopoverOptions {
  preload: string;
  log: ShellLog;
  onLink: (url: string) => void;
}

/** The panel under the tray icon. */
export interface Popover {
  /** Opens or closes it; false when the desktop does not tell where the icon is. */
  toggle(tray: Rectangle): boolean;
  hide(): void;
  /** The page tells how high its content is, in pixels. */
  resize(contentHeight: number): void;
}

const firstHeight = 420;

export function createPopover(options: PopoverOptions): Popover {
  let window: BrowserWindow | undefined;
  let icon: Rectangle | undefined;
  let contentHeight = firstHeight;
  const toggle = createPopoverToggle({
    show() {
      if (!window || window.isDestroyed())
        window = make(
          options,
          () => toggle.blurred(),
          () => toggle.hide(),
        );
      place();
      window.show();
    },
    hide: () => window?.hide(),
  });

  function bounds(): Rectangle | undefined {
    if (!icon) return undefined;
    const display = screen.getDisplayNearestPoint({ x: icon.x, y: icon.y });
    return popoverBounds({ tray: icon, display, contentHeight });
  }

  function place(): void {
    const target = bounds();
    if (target) window?.setBounds(target);
  }

  return {
    toggle(tray) {
      icon = tray;
      if (!bounds()) return false;
      toggle.clicked();
      return true;
    },
    hide: () => toggle.hide(),
    resize(height) {
      contentHeight = height;
      place();
    },
  };
}

function make(options: PopoverOptions, blurred: () => void, escaped: () => void): BrowserWindow {
  const window = createSecureWindow({
    preload: options.preload,
    onLink: options.onLink,
    page: 'popover',
    window: {
      width: popoverWidth,
      height: firstHeight,
      show: false,
      frame: false,
      resizable: false,
      movable: false,
      minimizable: false,
      maximizable: false,
      fullscreenable: false,
      skipTaskbar: true,
      alwaysOnTop: true,
      title: 'Impetus',
      ...(process.platform === 'darwin'
        ? { type: 'panel', vibrancy: 'popover' as const }
        : { backgroundColor: windowColor(nativeTheme.shouldUseDarkColors) }),
    },
  });
  if (process.platform === 'darwin') {
    window.setVisibleOnAllWorkspaces(true, { visibleOnFullScreen: true, skipTransformProcessType: true });
  }
  window.on('blur', blurred);
  window.webContents.on('before-input-event', (event, { type, key }) => {
    if (type !== 'keyDown' || key !== 'Escape') return;
    event.preventDefault();
    escaped();
  });
  keepPageAlive(window, options.log);
  return window;
}
