import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { commandNames, subscriptionNames } from './control-names.ts';

/**
 * The only bridge between the sandboxed page and the app: three functions and a word. The page never sees ipcRenderer
 * or an event object; every payload is checked against the contract on the other side.
 */
const bridge = {
  invoke: (name: string, payload: unknown): Promise<unknown> =>
    Object.hasOwn(commandNames, name)
      ? ipcRenderer.invoke('impetus:invoke', name, payload)
      : Promise.resolve({ ok: false, error: unknownName(name) }),

  subscribe(name: string, payload: unknown, listener: (message: unknown) => void): () => void {
    if (!Object.hasOwn(subscriptionNames, name)) {
      listener({ type: 'error', error: unknownName(name) });
      return () => undefined;
    }
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => listener(data);
    ipcRenderer.postMessage('impetus:subscribe', { name, payload }, [port2]);
    return () => port1.close();
  },

  /** The path of a dropped or picked file; empty when it does not lie on this machine's disk. */
  pathForFile: (file: File): string =>
    typeof webUtils === 'undefined' ? ((file as { path?: string }).path ?? '') : webUtils.getPathForFile(file),

  platform: process.platform,
};

function unknownName(name: string): { code: string; message: string } {
  return { code: 'not-found', message: `The control contract has no "${name.slice(0, 100)}".` };
}

contextBridge.exposeInMainWorld('impetus', bridge);
