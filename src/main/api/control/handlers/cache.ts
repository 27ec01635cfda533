import type { cacheCommands } from '#shared/control/contracts/cache.contract.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import type { CacheControl } from '../ports.ts';

export function cacheHandlers(cache: CacheControl): TopicHandlers<keyof typeof cacheCommands> {
  return {
    commands: {
      'cache.report': () => cache.report(),
      'cache.clear': async () => {
        await cache.clear();
        return {};
      },
      'cache.normalize': async ({ isOn, ...rule }) => ({ rules: await cache.normalize(rule, isOn) }),
    },
    channels: {},
    signals: {},
  };
}
