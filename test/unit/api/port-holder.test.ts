import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { findListeningInodes, findPortHolder } from '#main/api/port-holder.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2D0F 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 98765 1 0 100 0 0 10 0
   1: 0100007F:2D0F 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 11111 1 0 20 4 30 10 -1
   2: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22222 1 0 100 0 0 10 0
`;

test('only sockets that listen on that port count', () => {
  expect(findListeningInodes(table, 11535)).toEqual(['98765']);
  expect(findListeningInodes(table, 8080)).toEqual(['22222']);
  expect(findListeningInodes(table, 40000)).toEqual([]);
});

test.runIf(process.platform === 'linux')('names the process that listens', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  expect(await findPortHolder(port)).toMatchObject({ pid: process.pid });
  await new Promise((resolve) => server.close(resolve));
  expect(await findPortHolder(port)).toBeUndefined();
});
