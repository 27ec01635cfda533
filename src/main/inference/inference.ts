import type { CacheUse } from '#shared/domain/cache-report.ts';
import type {
  GenerationEvent,
  GenerationRequest,
  Prompt,
  ReasoningOptions,
  Sampling,
} from '#shared/domain/generation.ts';
import type { ModelSummary } from '#shared/domain/model.ts';
import type { NormalizerRule } from '#shared/domain/prompt-normalizer.ts';
import type { Settings } from '#shared/domain/settings.ts';
import type { Logger } from '../base/index.ts';
import type {
  EmbedResult,
  EngineInstance,
  InstanceStats,
  RenderResult,
  RerankResult,
  TokenizeResult,
} from '../engine-port/index.ts';
import type { MetricsRegistry } from '../gateway/index.ts';
import { CacheDoctor } from './cache-doctor/cache-doctor.ts';
import { checkCapabilities } from './check-capabilities.ts';
import { readEngineFigures } from './engine-figures.ts';
import { embedTexts, type EmbedRequest } from './embed-texts.ts';
import { rankDocuments, type RerankRequest } from './rank-documents.ts';
import { generateText, type RequestContext } from './generate-text.ts';
import { resolveSampling } from './generation-defaults.ts';
import { listModels, toModelSummary, type ListModelsInput } from './list-models.ts';
import { loadModel, unloadModel, type LoadModelRequest } from './load-model.ts';
import type { ModelLibrary, ModelScheduler } from './ports.ts';
import { chooseNormalizers, normalizePrompt } from './prompt-normalizers/normalize-prompt.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import { withReasoningArguments } from './reasoning-arguments.ts';
import { RunningRequests } from './running-requests.ts';
import { ServiceState, type ServicePhase } from './service-state.ts';

export interface InferenceOptions {
  library: ModelLibrary;
  scheduler: ModelScheduler;
  metrics: Pick<MetricsRegistry, 'recordGeneration' | 'setLiveFigures'>;
  settings: { get(): Settings };
  logger: Logger;
  /** What was measured of a model on this machine; absent where nothing is measured. */
  passportOf?: ListModelsInput['passportOf'];
  /** Milliseconds of a clock that never runs back; default `performance.now`. */
  now?: () => number;
}

export interface TokenizeRequest {
  /** Absent means the default model. */
  model?: string | undefined;
  prompt: Prompt;
  addSpecial: boolean;
  /** As in a generation: it may change what the chat template writes. */
  reasoning?: ReasoningOptions | undefined;
}

/** A prompt whose text is wanted. */
export type RenderRequest = Pick<TokenizeRequest, 'model' | 'prompt' | 'reasoning'>;

export interface DetokenizeRequest {
  model?: string | undefined;
  tokens: number[];
}

export interface Activity {
  phase: ServicePhase;
  activeRequests: number;
  /** Waiting for the model to load or for a free sequence. */
  queuedRequests: number;
  /** Over the last two seconds, all requests together. */
  tokensPerSecond: number;
}

/** A LoRA adapter of a model. */
export interface AdapterSummary {
  id: number;
  path: string;
  /** How strongly it acts on requests that say nothing. */
  scale: number;
}

/** The one door to the models, for every dialect, the window, the CLI and whatever comes. */
export interface Inference {
  /**
   * Resolves the model and its defaults, waits for it to be in memory, generates, records once. Throws before the
   * first event what is wrong with the request, the model or the server (`model-not-found`, `context-overflow`,
   * `server-paused`, …); leaving the loop early cancels.
   */
  generate(request: GenerationRequest, context: RequestContext): AsyncIterable<GenerationEvent>;
  tokenize(request: TokenizeRequest, context: RequestContext): Promise<TokenizeResult>;
  detokenize(request: DetokenizeRequest, context: RequestContext): Promise<string>;
  /** The text that the model's chat template makes of messages, and its tokens counted. Errors: as `generate`. */
  render(request: RenderRequest, context: RequestContext): Promise<RenderResult>;
  /** Brings a model into memory without using it. Errors: `model-not-found`, those of a load. */
  load(request: LoadModelRequest, context: RequestContext): Promise<ModelSummary>;
  /** Frees the memory of a model, after the requests that run on it. Errors: `model-not-found`. */
  unload(name: string | undefined): Promise<ModelSummary>;
  listModels(): ModelSummary[];
  /** The model a request with this name would use. Throws `model-not-found`, `no-default-model`. */
  findModel(name: string | undefined): ModelSummary;
  /** Its id alone: what every request asks for. The same errors. */
  requireModelId(name: string | undefined): string;
  /** How tokens are chosen when a request asks for no more than this. The same errors. */
  effectiveSampling(name: string | undefined, requested: GenerationRequest['sampling']): Sampling;
  /** What the engine of a model has done and holds; undefined for a model that is not in memory. */
  stats(id: string): Promise<InstanceStats | undefined>;
  /** The LoRA adapters a model has, or would have once it is loaded. Errors: as `findModel`. */
  listAdapters(name: string | undefined): AdapterSummary[];
  activity(): Activity;
  /** Called when a request begins, runs or ends, and when serving is paused, resumed or stopped. */
  subscribe(listener: () => void): () => void;
  /** Vectors of texts. Errors: as `generate`; `invalid-request` for an empty input. */
  embed(request: EmbedRequest, context: RequestContext): Promise<EmbedResult>;
  /** A score for each document. Errors: as `generate`; `capability-missing` for a model that was not made for it. */
  rerank(request: RerankRequest, context: RequestContext): Promise<RerankResult>;
  /** What prompts reused since the start, by client and model. */
  cacheUses(): CacheUse[];
  /** Forgets the state of all conversations that no running request uses, and what the report says of them. */
  forgetState(): Promise<void>;
  readiness(): Promise<Readiness>;
  /** New requests are refused with `server-paused`; those that run go on. */
  pause(): void;
  resume(): void;
  /** New requests are refused with `shutting-down`, for good. */
  stop(): void;
}

export function createInference(options: InferenceOptions): Inference {
  const { library, scheduler, metrics } = options;
  const logger = options.logger.child({ room: 'inference' });
  const normalizerRules = (): readonly NormalizerRule[] => options.settings.get().promptNormalizers;
  const service = new ServiceState();
  const doctor = new CacheDoctor();
  const requests = new RunningRequests({
    metrics,
    now: options.now ?? (() => performance.now()),
    onChange: () => service.announce(),
  });
  metrics.setLiveFigures(async () => ({
    ...(await readEngineFigures(scheduler)),
    activeRequests: requests.activeRequests,
    queuedRequests: requests.queuedRequests,
    longestSequence: requests.longestSequence,
  }));
  return {
    generate(request, context) {
      service.requireOpen();
      return generateText({ library, scheduler, requests, doctor, logger, normalizerRules }, request, context);
    },
    ...createTokenCounting(options, service),
    async load(request, context) {
      service.requireOpen();
      const { id } = await loadModel({ library, scheduler }, request, context);
      return toModelSummary(library.require(id), readFacts(options));
    },
    async unload(name) {
      const { id } = await unloadModel({ library, scheduler }, name);
      return toModelSummary(library.require(id), readFacts(options));
    },
    ...createModelLookup(options),
    stats: async (id) => scheduler.peek(id)?.stats(),
    activity: () => ({
      phase: service.phase,
      activeRequests: requests.activeRequests,
      queuedRequests: requests.queuedRequests,
      tokensPerSecond: requests.tokensPerSecond,
    }),
    subscribe: (listener) => service.subscribe(listener),
    ...createTextJobs(options, service),
    cacheUses: () => doctor.uses().map((use) => ({ ...use, normalizers: chooseNormalizers(normalizerRules(), use) })),
    async forgetState() {
      doctor.clear();
      const loaded = [...scheduler.states().keys()].map((id) => scheduler.peek(id));
      await Promise.allSettled(loaded.map(async (instance) => instance?.forgetState()));
    },
    readiness: createReadiness({
      scheduler,
      phase: () => service.phase,
      sinceLastSuccessMs: () => requests.sinceLastSuccessMs,
    }),
    pause: () => service.enter('paused'),
    resume: () => service.enter('open'),
    stop: () => service.enter('stopping'),
  };
}

/** What is done with whole texts beside writing. */
function createTextJobs(
  { library, scheduler }: InferenceOptions,
  service: ServiceState,
): Pick<Inference, 'embed' | 'rerank'> {
  return {
    embed(request, context) {
      service.requireOpen();
      return embedTexts({ library, scheduler }, request, context);
    },
    rerank(request, context) {
      service.requireOpen();
      return rankDocuments({ library, scheduler }, request, context);
    },
  };
}

type ModelLookup = Pick<
  Inference,
  'listAdapters' | 'listModels' | 'requireModelId' | 'effectiveSampling' | 'findModel'
>;

function createModelLookup(options: InferenceOptions): ModelLookup {
  const { library } = options;
  return {
    listAdapters(name) {
      const { id } = library.resolve(name);
      const adapters = options.scheduler.peek(id)?.info.adapters ?? library.modelSettings(id).load.adapters ?? [];
      return adapters.map(({ path, scale = 1 }, index) => ({ id: index, path, scale }));
    },
    listModels: () => listModels({ records: library.list(), ...readFacts(options) }),
    requireModelId: (name) => library.resolve(name).id,
    effectiveSampling(name, requested) {
      const { id, facts } = library.resolve(name);
      const overrides = library.modelSettings(id).sampling;
      return resolveSampling({ request: requested, overrides, recommended: facts.sampling });
    },
    findModel: (name) => toModelSummary(library.resolve(name), readFacts(options)),
  };
}

function readFacts({ library, scheduler, settings, passportOf }: InferenceOptions): Omit<ListModelsInput, 'records'> {
  return {
    states: scheduler.states(),
    defaultModel: settings.get().defaultModel,
    problemOf: (id) => library.problemOf(id),
    passportOf,
  };
}

function createTokenCounting(
  { library, scheduler, settings }: InferenceOptions,
  service: ServiceState,
): Pick<Inference, 'tokenize' | 'detokenize' | 'render'> {
  const withInstance = async <Result>(
    name: string | undefined,
    { signal }: RequestContext,
    work: (instance: EngineInstance) => Promise<Result>,
  ): Promise<Result> => {
    service.requireOpen();
    const model = library.resolve(name);
    const loadOptions = library.modelSettings(model.id).load;
    const lease = await scheduler.acquire({ model, loadOptions, signal });
    try {
      return await work(lease.instance);
    } finally {
      lease.release();
    }
  };
  /** The prompt as a generation would have it. */
  const prepare = (request: RenderRequest, { client = '' }: RequestContext): Prompt => {
    const model = library.resolve(request.model);
    checkCapabilities(request.prompt, model);
    const normalizers = chooseNormalizers(settings.get().promptNormalizers, { client, model: model.id });
    return withReasoningArguments(normalizePrompt(request.prompt, normalizers).prompt, request.reasoning);
  };
  return {
    tokenize: async (request, context) => {
      const task = { prompt: prepare(request, context), addSpecial: request.addSpecial };
      return withInstance(request.model, context, (instance) => instance.tokenize(task));
    },
    render: async (request, context) => {
      const task = { prompt: prepare(request, context) };
      return withInstance(request.model, context, (instance) => instance.render(task));
    },
    detokenize: ({ model, tokens }, context) => withInstance(model, context, (instance) => instance.detokenize(tokens)),
  };
}
