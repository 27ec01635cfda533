import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { createControlClient } from '#shared/control/create-control-client.ts';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import { createIpcTransport, type ControlCarrier } from '#shared/control/transports/ipc.ts';
import { createControlRelay, type Sender } from '#main/desktop/control-relay.ts';
import { describeControlTransport } from './control-conformance.ts';

const ownPage: Sender = { isOwnWindow: true, isMainFrame: true, isOwnPage: true };

/** The preload's half over Node's own message ports and structured clones; the main process's half is the real relay. */
function createPortCarrier(router: ControlEndpoint): { carrier: ControlCarrier; close: () => void } {
  const relay = createControlRelay(router);
  const ports = new Set<MessagePort>();
  const carrier: ControlCarrier = {
    invoke: async (name, payload) => structuredClone(await relay.invoke(ownPage, name, structuredClone(payload))),
    subscribe(name, payload, onMessage) {
      const { port1, port2 } = new MessageChannel();
      ports.add(port1);
      port1.on('message', onMessage);
      relay.subscribe(ownPage, port2, structuredClone({ name, payload }));
      return () => port1.close();
    },
  };
  return { carrier, close: () => ports.forEach((port) => port.close()) };
}

describeControlTransport('IPC', async (router) => {
  const { carrier, close } = createPortCarrier(router);
  return { client: createControlClient(createIpcTransport(carrier)), close: async () => close() };
});
