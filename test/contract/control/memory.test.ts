import { createControlClient } from '#shared/control/create-control-client.ts';
import { createMemoryTransport } from '#shared/control/transports/memory.ts';
import { describeControlTransport } from './control-conformance.ts';

describeControlTransport('memory', async (router) => ({
  client: createControlClient(createMemoryTransport(router)),
  close: async () => undefined,
}));
