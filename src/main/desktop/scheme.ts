import { protocol, type Session } from 'electron';
import { appScheme } from './links.ts';
import { serveRendererFile } from './renderer-files.ts';

/** Before the app is ready: our scheme is a real origin, with its own storage and `fetch`. */
export function registerScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
  ]);
}

/** The window's pages come from `rendererFolder`, never from `file://`. */
export function serveScheme(session: Session, rendererFolder: string): void {
  session.protocol.handle(appScheme, ({ url }) => serveRendererFile(rendererFolder, url));
}
