import type { HostReply } from '#main/engines/hosts/host-protocol.ts';
import { makeInstanceInfo } from './instance-info.ts';

// A child that answers a prompt with more events than any window grants.
const send = (reply: HostReply): void => void process.send?.(reply);
const delta = { type: 'text-delta' as const, text: 'x', tokens: [1] };

process.on('message', ({ type, id }: { type: string; id: number }) => {
  if (type === 'load') send({ type: 'reply', id, value: makeInstanceInfo({ placement: 'child' }) });
  if (type === 'generate')
    send({ type: 'frames', frames: [{ id, events: Array.from({ length: 1000 }, () => delta) }] });
  if (type === 'ping') send({ type: 'pong' });
});
send({ type: 'hello', protocol: 1, engine: 'flooding' });
