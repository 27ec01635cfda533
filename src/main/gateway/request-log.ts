import type { Logger } from '../base/index.ts';
import type { Usage } from '#shared/domain/generation.ts';

/** What is known about a request when its answer has ended. */
export interface RequestRecord {
  requestId: string;
  method: string;
  /** The target as the client wrote it; its query is cut off here. */
  target: string;
  status: number;
  durationMs: number;
  /** Bytes written to the connection, headers included. */
  bytes: number;
  /** False: the client went away before the answer was complete. */
  isComplete: boolean;
  /** Asked again and again by design: logged at `debug`. */
  isRoutine: boolean;
  errorCode?: string | undefined;
  model?: string | undefined;
  usage?: Usage | undefined;
}

const maxPathLength = 200;

/** One line per request: who, what, how long, how many tokens. Never a prompt, a query string or a header's value. */
export function logRequest(logger: Logger, record: RequestRecord): void {
  const { requestId, method, status, bytes, errorCode, model, usage } = record;
  const fields = {
    requestId,
    method: method.slice(0, 20),
    path: toLoggedPath(record.target),
    status,
    durationMs: Math.round(record.durationMs * 100) / 100,
    bytes,
    ...(record.isComplete ? {} : { clientGone: true }),
    ...(errorCode === undefined ? {} : { errorCode }),
    ...(model === undefined ? {} : { model }),
    ...(usage === undefined ? {} : { ...usage }),
  };
  if (record.isRoutine) logger.debug(fields, 'request');
  else if (status >= 500) logger.warn(fields, 'request failed');
  else logger.info(fields, 'request');
}

/** Without the query, which may hold secrets, and bounded. JSON escapes what else a client could smuggle in. */
function toLoggedPath(target: string): string {
  return (target.split('?', 1)[0] ?? '').slice(0, maxPathLength);
}
