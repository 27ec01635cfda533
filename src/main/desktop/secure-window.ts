import { BrowserWindow, type BrowserWindowConstructorOptions, type Session, type WebContents } from 'electron';
import { appOrigin, appScheme, isOwnPage } from './links.ts';

const ours = new WeakSet<WebContents>();

export interface SecureWindowOptions {
  /** Absolute path of the built preload script. */
  preload: string;
  /** Hash route of the page, for example `popover`. */
  page: string;
  /** A link of the page that asks for a new window, or a navigation away: never followed, only told. */
  onLink: (url: string) => void;
  window: Omit<BrowserWindowConstructorOptions, 'webPreferences'>;
}

/** The only way to a window: sandboxed, isolated, without Node, on our own origin and unable to leave it. */
export function createSecureWindow({ preload, page, onLink, window }: SecureWindowOptions): BrowserWindow {
  const created = new BrowserWindow({
    ...window,
    webPreferences: {
      preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
      webSecurity: true,
      navigateOnDragDrop: false,
      spellcheck: false,
    },
  });
  ours.add(created.webContents);
  guardContents(created.webContents, onLink);
  void created.loadURL(pageUrl(page));
  return created;
}

export function isSecureWindow(contents: WebContents): boolean {
  return ours.has(contents);
}

export function pageUrl(page: string): string {
  return `${appOrigin}/index.html#/${page}`;
}

/** No new window, no webview, no leaving of our origin; the address is handed to whoever may open it outside. */
function guardContents(contents: WebContents, onLink: (url: string) => void): void {
  contents.setWindowOpenHandler(({ url }) => {
    onLink(url);
    return { action: 'deny' };
  });
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.on('will-navigate', (event) => {
    if (isOwnPage(event.url)) return;
    event.preventDefault();
    onLink(event.url);
  });
  contents.on('will-redirect', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault();
  });
  contents.on('will-frame-navigate', (event) => {
    if (!isOwnPage(event.url)) event.preventDefault();
  });
}

/** No permission and no device is granted, and no request leaves the renderer except to our own scheme. */
export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(isClipboardWrite(permission)));
  session.setPermissionCheckHandler((_contents, permission) => isClipboardWrite(permission));
  session.setDevicePermissionHandler(() => false);
  session.webRequest.onBeforeRequest((details, answer) => answer({ cancel: !isAllowedRequest(details.url) }));
}

/** The copy buttons; reading the clipboard stays denied. */
function isClipboardWrite(permission: string): boolean {
  return permission === 'clipboard-sanitized-write';
}

function isAllowedRequest(url: string): boolean {
  return url.startsWith(`${appScheme}:`) || url.startsWith('devtools:');
}
