/* global window, structuredClone, MessageChannel, Event */
/**
 * What a sandboxed preload script gets of Electron, over two functions of the page that the test answers. Values cross
 * by structured clone, as they do between Electron's worlds.
 */
window.makeElectronStandIn = () => {
  const ports = new Map();
  let lastId = 0;
  window.deliverToPort = (id, message) => ports.get(id)?.postMessage(message);
  window.closePort = (id) => ports.get(id)?.close();
  return {
    contextBridge: {
      exposeInMainWorld(name, api) {
        Object.defineProperty(window, name, { value: Object.freeze(api) });
      },
    },
    ipcRenderer: {
      invoke: (channel, ...given) => window.invokeMain(structuredClone([channel, ...given])),
      postMessage(channel, message, [port]) {
        const id = (lastId += 1);
        ports.set(id, port);
        port.addEventListener('close', () => window.subscribeMain(structuredClone(['close', id])));
        port.start();
        void window.subscribeMain(structuredClone([channel, id, message]));
      },
    },
    webUtils: { getPathForFile: (file) => (file.size === 0 ? '' : `/disk/${file.name}`) },
  };
};

/** A channel whose far end hears when the near one is closed, as a port does that was handed to Electron's main process. */
window.TellingChannel = class extends MessageChannel {
  constructor() {
    super();
    const { port1, port2 } = this;
    const close = port1.close.bind(port1);
    port1.close = () => {
      close();
      port2.dispatchEvent(new Event('close'));
    };
  }
};
