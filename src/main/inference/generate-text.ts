import type { GenerationEvent, GenerationRequest } from '#shared/domain/generation.ts';
import type { ModelRecord } from '#shared/domain/model.ts';
import type { NormalizerRule } from '#shared/domain/prompt-normalizer.ts';
import { AppError, isAppError, toAppError } from '#shared/errors/app-error.ts';
import { forEachValue, type EventSource, type Logger } from '../base/index.ts';
import type { EngineInstance } from '../engine-port/index.ts';
import type { Lease } from '../scheduler/index.ts';
import type { CacheDoctor } from './cache-doctor/cache-doctor.ts';
import { checkCapabilities } from './check-capabilities.ts';
import type { GenerationMeter } from './generation-meter.ts';
import type { ModelLibrary, ModelScheduler, ModelSettings } from './ports.ts';
import { chooseNormalizers, normalizePrompt } from './prompt-normalizers/normalize-prompt.ts';
import { generateResumably } from './resume-stream.ts';
import type { RunningRequests } from './running-requests.ts';
import { toTask } from './to-task.ts';

export interface RequestContext {
  /** Aborting frees the sequence within one step; its reason, when an AppError, is what the caller gets to see. */
  signal: AbortSignal;
  requestId: string;
  /** The client's own name, where it gives one. */
  client?: string;
  /** Told, before anything is sent, what of the prompt was not taken as it came: `name=value`. */
  noteApplied?: (applied: readonly string[]) => void;
  /** True: a schema that is enforced in part only is refused. Default: false, the places are told. */
  isStrict?: boolean;
}

export interface GenerateTextOptions {
  library: ModelLibrary;
  scheduler: ModelScheduler;
  requests: RunningRequests;
  doctor: CacheDoctor;
  logger: Logger;
  normalizerRules: () => readonly NormalizerRule[];
}

/** Model, defaults, decode program, lease, engine: one sequence with one exit for success, error and cancel. */
export function generateText(
  options: GenerateTextOptions,
  request: GenerationRequest,
  context: RequestContext,
): EventSource<GenerationEvent> {
  return {
    async *[Symbol.asyncIterator]() {
      const run = new TextRun(options, request, context);
      try {
        for await (const event of await run.start()) {
          run.observe(event);
          yield event;
        }
      } catch (thrown) {
        throw run.fail(thrown);
      } finally {
        run.end();
      }
    },
    async forEach(onEvent) {
      const run = new TextRun(options, request, context);
      try {
        await forEachValue(await run.start(), (event) => {
          run.observe(event);
          return onEvent(event);
        });
      } catch (thrown) {
        throw run.fail(thrown);
      } finally {
        run.end();
      }
    },
  };
}

/** One generation from its arrival to the record of its end. */
class TextRun {
  readonly #options: GenerateTextOptions;
  readonly #request: GenerationRequest;
  readonly #context: RequestContext;
  readonly #model: ModelRecord;
  readonly #overrides: ModelSettings;
  readonly #meter: GenerationMeter;
  #lease: Lease | undefined;
  #failure: 'cancelled' | 'error' = 'cancelled';

  constructor(options: GenerateTextOptions, request: GenerationRequest, context: RequestContext) {
    this.#options = options;
    this.#context = context;
    this.#model = options.library.resolve(request.model);
    this.#request = this.#normalize(request);
    checkCapabilities(request.prompt, this.#model);
    this.#overrides = options.library.modelSettings(this.#model.id);
    this.#meter = options.requests.begin(this.#model.id);
  }

  /** The request with its prompt as it began before, where something in it only changes. */
  #normalize(request: GenerationRequest): GenerationRequest {
    const { client = '' } = this.#context;
    const normalizers = chooseNormalizers(this.#options.normalizerRules(), { client, model: this.#model.id });
    const { prompt, applied } = normalizePrompt(request.prompt, normalizers);
    if (applied.length === 0) return request;
    this.#context.noteApplied?.(applied);
    return { ...request, prompt };
  }

  /** Waits for the model to be in memory. */
  async start(): Promise<AsyncIterable<GenerationEvent>> {
    const { requestId, signal } = this.#context;
    const first = await this.#acquire();
    let next: EngineInstance | undefined = first;
    return generateResumably({
      obtain: async () => {
        const instance = next ?? (await this.#acquire());
        next = undefined;
        return instance;
      },
      task: toTask(this.#request, this.#model, this.#overrides),
      signal,
      onResume: (tokens, cause) => {
        const fields = { requestId, model: this.#model.id, tokens, err: cause };
        this.#options.logger.warn(fields, 'the engine died; the answer goes on in another one');
      },
    });
  }

  /** A lease on a living engine in place of the one before. */
  async #acquire(): Promise<EngineInstance> {
    const { keepAliveMs, minimumContextSize } = this.#request;
    this.#lease?.release();
    this.#lease = await this.#options.scheduler.acquire({
      model: this.#model,
      loadOptions: this.#overrides.load,
      ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
      ...(minimumContextSize === undefined ? {} : { minimumContextSize }),
      signal: this.#context.signal,
    });
    return this.#lease.instance;
  }

  observe(event: GenerationEvent): void {
    this.#options.requests.observe(this.#meter, event);
    if (event.type === 'start' && event.unenforced) this.#noteUnenforced(event.unenforced);
    if (event.type !== 'finish') return;
    const { client = '' } = this.#context;
    this.#options.doctor.observe({ client, model: this.#model.id, finish: event });
  }

  #noteUnenforced(places: readonly string[]): void {
    if (this.#context.isStrict === true) throw refuseUnenforced(places);
    this.#context.noteApplied?.(places.map((place) => `${place}=unenforced`));
  }

  /** The error that the caller gets to see. */
  fail(thrown: unknown): AppError {
    const { signal, requestId } = this.#context;
    const error = toCause(thrown, signal);
    this.#failure = error.code === 'cancelled' ? 'cancelled' : 'error';
    if (error.code === 'internal') {
      this.#options.logger.error({ requestId, model: this.#model.id, err: thrown }, 'generation failed');
    }
    return error;
  }

  end(): void {
    this.#lease?.release();
    this.#options.requests.end(this.#meter, this.#failure);
  }
}

/** An engine only knows that it was told to stop; whoever told it knows why. */
function toCause(thrown: unknown, signal: AbortSignal): AppError {
  const error = toAppError(thrown);
  return error.code === 'cancelled' && isAppError(signal.reason) ? signal.reason : error;
}

/** `schema/…` stands in the answer's own schema, `tools.NAME/…` in that of a tool. */
function refuseUnenforced([place = '']: readonly string[]): AppError {
  const inFormat = 'schema/';
  const data = place.startsWith(inFormat) ? { path: place.slice(inFormat.length - 1) } : { param: place };
  return new AppError(
    'schema-unsupported',
    `The schema at ${place} binds nothing. (Strict mode refuses what would not be enforced.)`,
    { hint: 'Remove the keyword, or send the request without strict mode.', data },
  );
}
