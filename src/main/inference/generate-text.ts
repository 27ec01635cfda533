import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import { isAppError, toAppError, type AppError } from '#shared/errors/app-error.ts';
import type { Logger } from '../base/index.ts';
import { checkCapabilities } from './check-capabilities.ts';
import type { ModelLibrary, ModelScheduler } from './ports.ts';
import type { RunningRequests } from './running-requests.ts';
import { toTask } from './to-task.ts';

export interface RequestContext {
  /** Aborting frees the sequence within one step; its reason, when an AppError, is what the caller gets to see. */
  signal: AbortSignal;
  requestId: string;
}

export interface GenerateTextOptions {
  library: ModelLibrary;
  scheduler: ModelScheduler;
  requests: RunningRequests;
  logger: Logger;
}

/** Model, defaults, decode program, lease, engine: one sequence with one exit for success, error and cancel. */
export async function* generateText(
  { library, scheduler, requests, logger }: GenerateTextOptions,
  request: GenerationRequest,
  { signal, requestId }: RequestContext,
): AsyncGenerator<GenerationEvent, void, undefined> {
  const model = library.resolve(request.model);
  checkCapabilities(request.prompt, model);
  const overrides = library.modelSettings(model.id);
  const meter = requests.begin(model.id);
  let failure: 'cancelled' | 'error' = 'cancelled';
  try {
    const lease = await scheduler.acquire({
      model,
      loadOptions: overrides.load,
      ...(request.keepAliveMs === undefined ? {} : { keepAliveMs: request.keepAliveMs }),
      signal,
    });
    try {
      for await (const event of lease.instance.generate(toTask(request, model, overrides), signal)) {
        requests.observe(meter, event);
        yield event;
      }
    } finally {
      lease.release();
    }
  } catch (thrown) {
    const error = toCause(thrown, signal);
    failure = error.code === 'cancelled' ? 'cancelled' : 'error';
    if (error.code === 'internal') logger.error({ requestId, model: model.id, err: thrown }, 'generation failed');
    throw error;
  } finally {
    requests.end(meter, failure);
  }
}

/** An engine only knows that it was told to stop; whoever told it knows why. */
function toCause(thrown: unknown, signal: AbortSignal): AppError {
  const error = toAppError(thrown);
  return error.code === 'cancelled' && isAppError(signal.reason) ? signal.reason : error;
}
