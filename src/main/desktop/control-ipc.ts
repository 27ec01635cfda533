import { ipcMain, type IpcMainEvent, type IpcMainInvokeEvent } from 'electron';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { createControlRelay, type Sender } from './control-relay.ts';
import { isOwnPage } from './links.ts';
import { isSecureWindow } from './secure-window.ts';

/** Answers the preload script: the only place of the app that listens to IPC. */
export function startControlIpc(endpoint: ControlEndpoint): void {
  const relay = createControlRelay(endpoint);
  ipcMain.handle('impetus:invoke', (event, name: unknown, payload: unknown) =>
    relay.invoke(toSender(event), name, payload),
  );
  ipcMain.on('impetus:subscribe', (event, request: unknown) => {
    const [port] = event.ports;
    if (port) relay.subscribe(toSender(event), port, request);
  });
}

/** A frame that is gone by now, or that navigated away, is nobody. */
function toSender({ sender, senderFrame }: IpcMainEvent | IpcMainInvokeEvent): Sender {
  return {
    isOwnWindow: isSecureWindow(sender),
    isMainFrame: senderFrame !== null && senderFrame.parent === null,
    isOwnPage: senderFrame !== null && isOwnPage(senderFrame.url),
  };
}
