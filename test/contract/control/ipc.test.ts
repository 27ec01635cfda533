import { MessageChannel } from 'node:worker_threads';
import { createControlClient } from '#shared/control/create-control-client.ts';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { createIpcTransport, type ControlCarrier } from '#shared/control/transports/ipc.ts';
import { openSubscription } from '#main/api/control/index.ts';
import { describeControlTransport } from './control-conformance.ts';

/** What Electron does between preload and main: structured clones, a message port for each subscription. */
function createPortCarrier(router: ControlEndpoint): { carrier: ControlCarrier; close: () => void } {
  const cancels = new Set<() => void>();
  const carrier: ControlCarrier = {
    invoke: async (name, payload) => structuredClone(await router.invoke(name, structuredClone(payload))),
    subscribe(name, payload, onMessage) {
      const { port1, port2 } = new MessageChannel();
      port1.on('message', onMessage);
      const cancelWork = openSubscription(router, { name, payload: structuredClone(payload) }, (message) =>
        port2.postMessage(message),
      );
      const cancel = () => {
        cancels.delete(cancel);
        cancelWork();
        port1.close();
      };
      cancels.add(cancel);
      return cancel;
    },
  };
  return { carrier, close: () => [...cancels].forEach((cancel) => cancel()) };
}

describeControlTransport('IPC', async (router) => {
  const { carrier, close } = createPortCarrier(router);
  return { client: createControlClient(createIpcTransport(carrier)), close: async () => close() };
});
