import { encodeEventLine } from '#main/engines/hosts/event-lines.ts';
import type { HostReply } from '#main/engines/hosts/host-protocol.ts';
import { makeInstanceInfo } from './instance-info.ts';

// A child that answers a prompt with more events than any window grants.
const send = (reply: HostReply): void => void process.send?.(reply);

process.on('message', ({ type, id }: { type: string; id: number }) => {
  if (type === 'load') send({ type: 'reply', id, value: makeInstanceInfo({ placement: 'child' }) });
  if (type === 'generate')
    process.send?.(encodeEventLine(id, { type: 'text-delta', text: 'x', tokens: [1] }).repeat(1000));
  if (type === 'ping') send({ type: 'pong' });
});
send({ type: 'hello', protocol: 2, engine: 'flooding' });
