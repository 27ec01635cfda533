import { randomUUID } from 'node:crypto';
import type { inferenceChannels } from '#shared/control/contracts/inference.contract.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import { mergeTextDeltas } from '../merge-text-deltas.ts';
import type { Generation } from '../ports.ts';

export function inferenceHandlers(inference: Generation): TopicHandlers<never, keyof typeof inferenceChannels> {
  return {
    commands: {},
    channels: {
      'inference.chat': (request, abort) =>
        mergeTextDeltas((signal) => inference.generate(request, { signal, requestId: randomUUID() }), { abort }),
    },
    signals: {},
  };
}
