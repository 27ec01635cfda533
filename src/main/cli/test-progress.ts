import type { PassportEvent } from '#shared/domain/passport.ts';

const waits: Record<Extract<PassportEvent, { type: 'wait' }>['reason'], string> = {
  loading: 'Loading the model …',
  requests: 'Waiting for requests to end …',
  'another-test': 'Waiting for another test …',
};

/** The line that tells how a test goes; undefined: as before. */
export function describeTestEvent(event: PassportEvent): string | undefined {
  switch (event.type) {
    case 'check-start':
      return `Testing ${event.id} …`;
    case 'wait':
      return waits[event.reason];
    case 'start':
    case 'check':
    case 'finish':
      return undefined;
    default:
      return event satisfies never;
  }
}
