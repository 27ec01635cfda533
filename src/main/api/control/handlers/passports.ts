import type { passportChannels } from '#shared/control/contracts/passports.contract.ts';
import type { PassportEvent } from '#shared/domain/passport.ts';
import { EventQueue } from '../../../base/index.ts';
import type { TopicHandlers } from '../control-handlers.ts';
import type { PassportControl } from '../ports.ts';

export function passportHandlers(passports: PassportControl): TopicHandlers<never, keyof typeof passportChannels> {
  return {
    commands: {},
    channels: { 'passports.test': ({ model }, abort) => watchTest(passports, model, abort) },
    signals: {},
  };
}

/** Who leaves ends the test; what was found out stays. */
async function* watchTest(
  passports: PassportControl,
  model: string,
  abort: AbortSignal,
): AsyncGenerator<PassportEvent, void, undefined> {
  const leaving = new AbortController();
  const events = new EventQueue<PassportEvent>();
  const test = passports
    .test(model, { signal: AbortSignal.any([abort, leaving.signal]), onEvent: (event) => events.push(event) })
    .finally(() => events.end());
  // Its failure is thrown below, when what came before it is read.
  test.catch(() => undefined);
  try {
    yield* events;
    await test;
  } finally {
    leaving.abort();
  }
}
