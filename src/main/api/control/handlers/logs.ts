import type { logChannels, logCommands } from '#shared/control/contracts/logs.contract.ts';
import type { LogFeed } from '../../../base/index.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import { tailLog } from '../tail-log.ts';

export function logHandlers(feed: LogFeed): TopicHandlers<keyof typeof logCommands, keyof typeof logChannels> {
  return {
    commands: { 'logs.recent': ({ limit }) => feed.recent(limit) },
    channels: { 'logs.tail': ({ backlog }, abort) => tailLog(feed, { backlog, abort }) },
    signals: {},
  };
}
