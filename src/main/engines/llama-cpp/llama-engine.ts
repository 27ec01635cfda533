import { access } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { EnginePlacement, ModelRecord } from '#shared/domain/model.ts';
import { AppError } from '#shared/errors/app-error.ts';
import { Mutex, type Logger } from '../../base/index.ts';
import type {
  Engine,
  EngineInstance,
  InstanceInfo,
  LoadObserver,
  LoadRequest,
  LoadVerdict,
} from '../../engine-port/index.ts';
import { requirePlausibleContext } from './context-limit.ts';
import { LlamaInstance } from './llama-instance.ts';
import { toLoadError } from './load-errors.ts';
import type { NativeModel } from './native/native-model.ts';
import { findAddon } from './native/shared-libraries.ts';
import { createTextJobs } from './jobs/create-text-jobs.ts';
import { isPortable, loadModel, withAllSequences, type LoadedModel } from './load-model.ts';
import { NativeLibrary, type LoadedLibrary } from './native-library.ts';
import { NativeLog } from './native-log.ts';
import { openContexts } from './open-contexts.ts';
import { openStateCache } from './open-state-cache.ts';
import type { KvCache } from './kv-cache/index.ts';
import { PromptEncoder } from './prompt-encoder.ts';
import { SamplerSettingsMaker } from './sampling.ts';
import { StepLoop } from './step-loop.ts';
import { ChatTemplates } from './templates/chat-templates.ts';
import { TemplateThread, type TemplateTexts } from './templates/template-thread.ts';
import { ThreadPlan, type ThreadChange } from './thread-plan.ts';
import { TokenPieces } from './token-pieces.ts';

export interface LlamaEngineOptions {
  /** Which process this is; reported, nothing else. */
  placement: EnginePlacement;
  /** Receives what the library prints. Default: nobody. */
  logger?: Logger;
  /** How long one step may take before its requests fail with `engine-stalled`, in ms. Default 120,000. */
  stallLimitMs?: number;
  /** Absolute path of the module that renders chat templates in a thread. Default: its source beside this file. */
  templateEntry?: string;
}

const templateSource = path.join(import.meta.dirname, 'templates', 'template-thread-entry.ts');

/** GGUF models in this process, through node-llama-cpp. Models load one after the other. */
export function createLlamaEngine(options: LlamaEngineOptions): Engine {
  return new LlamaEngine(options);
}

class LlamaEngine implements Engine {
  readonly id = 'llama-cpp';
  readonly #options: LlamaEngineOptions;
  readonly #log: NativeLog;
  readonly #library: NativeLibrary;
  /** One load at a time, so that the library's log lines belong to one model. */
  readonly #loading = new Mutex();

  constructor(options: LlamaEngineOptions) {
    this.#options = options;
    this.#log = new NativeLog(options.logger);
    this.#library = new NativeLibrary(this.#log);
  }

  canLoad({ facts }: ModelRecord): LoadVerdict {
    if (facts.format === 'gguf') return { canLoad: true };
    return { canLoad: false, reason: `It runs GGUF files only, not ${String(facts.format)}.` };
  }

  async prepare(gpu: LoadRequest['options']['gpu']): Promise<void> {
    await this.#library.obtain(gpu);
  }

  async load(request: LoadRequest, observer: LoadObserver): Promise<EngineInstance> {
    return this.#loading.run(() => this.#load(request, observer));
  }

  async #load(request: LoadRequest, observer: LoadObserver): Promise<EngineInstance> {
    const mark = this.#log.mark();
    try {
      observer.signal.throwIfAborted();
      await requireFile(request.model);
      requirePlausibleContext({ ...request, totalBytes: os.totalmem() });
      const library = await this.#library.obtain(request.options.gpu);
      observer.signal.throwIfAborted();
      return this.#createInstance(library, await this.#loadMeasured(library, request, observer), request);
    } catch (thrown) {
      throw toLoadError({
        thrown,
        modelId: request.model.id,
        log: await this.#log.settledSince(mark),
        isAborted: observer.signal.aborted,
      });
    }
  }

  async #loadMeasured(library: LoadedLibrary, request: LoadRequest, observer: LoadObserver): Promise<MeasuredModel> {
    library.setTalkative(true);
    try {
      let loaded = await loadModel(library, request, observer);
      const contextBytes = await this.#log.settledContextBytes();
      const { flashAttention } = this.#log;
      const canMove = isPortable(loaded, { flashAttention });
      if (!canMove) loaded = await withAllSequences(loaded, request.options);
      const { contextSize, sequences } = loaded.context;
      const cache = await openStateCache(request, {
        libraryVersion: library.api.version(),
        backend: toBackend(library, loaded),
        ...{ flashAttention, contextSize, sequences, ropeBoundary: loaded.model.ropeBoundary },
      });
      return { ...loaded, contextBytes, cache, canMove };
    } finally {
      library.setTalkative(false);
    }
  }

  #createInstance(library: LoadedLibrary, loaded: MeasuredModel, request: LoadRequest): EngineInstance {
    const { model } = loaded;
    const { vocabulary } = model;
    const pieces = new TokenPieces(vocabulary);
    const { placement, stallLimitMs = 120_000 } = this.#options;
    const onStuck = (error: AppError): void => this.#giveUp(instance, error);
    const { texts, thread } = this.#openTemplates(model, onStuck);
    const encoder = new PromptEncoder(vocabulary, new ChatTemplates(texts, thread));
    const now = (): number => performance.now();
    const contexts = openContexts(loaded, {
      ...{ options: request.options, contextBytes: loaded.contextBytes, isPortable: loaded.canMove, now },
      kvBytesPerToken: request.model.facts.kvBytesPerToken ?? undefined,
    });
    const instance = new LlamaInstance({
      info: toInfo(library, loaded, { request, placement, hasTemplate: texts.template !== null }),
      loop: new StepLoop({
        ...{ driver: contexts.driver, growth: contexts.growth, allocatedTokens: contexts.allocatedTokens },
        threadPlan: this.#createThreadPlan(request),
        sequenceCount: request.options.slots,
        slidingWindow: model.slidingWindow,
        cache: loaded.cache,
        canCut: !model.isRecurrent,
        speculates: request.options.speculation === true,
        toText: (tokens) => pieces.join(tokens),
        mayBlock: placement === 'child',
        stallLimitMs,
        onStall: onStuck,
        now,
      }),
      encoder,
      textJobs: createTextJobs({
        ...{ api: library.api, model, isOnGpu: loaded.isOnGpu, encoder, adapters: loaded.adapters },
        ...{ load: request.options, architecture: request.model.facts.architecture },
      }),
      adapters: loaded.adapters,
      vocabulary,
      pieces,
      samplerSettings: new SamplerSettingsMaker(vocabulary, pieces),
      now,
      free: async () => {
        await thread.dispose();
        contexts.dispose();
        model.dispose();
      },
    });
    return instance;
  }

  #openTemplates(
    model: NativeModel,
    onStuck: (error: AppError) => void,
  ): { texts: TemplateTexts; thread: TemplateThread } {
    const { beginText, endText } = model.vocabulary;
    const texts = {
      template: model.chatTemplate(null),
      toolTemplate: model.chatTemplate('tool_use'),
      ...{ beginText, endText },
    };
    const { placement, templateEntry: entry = templateSource } = this.#options;
    const addonFile = findAddon();
    const native = addonFile === undefined ? undefined : { addonFile, mayEndProcess: placement === 'child' };
    return { texts, thread: new TemplateThread({ texts, entry, native, onStuck }) };
  }

  /** Native code that does not come back is only ended with its process: a child gives itself up, its answers go on in another. */
  #giveUp(instance: LlamaInstance, error: AppError): void {
    this.#options.logger?.error({ room: 'engines', model: instance.info.modelId }, error.message);
    if (this.#options.placement === 'child') instance.giveUp(error);
  }

  #createThreadPlan({ model, options }: LoadRequest): ThreadPlan {
    return new ThreadPlan({
      threads: options.threads,
      isAdaptive: options.adaptsThreads === true,
      onChange: (change) => this.#logThreads(model.id, change),
    });
  }

  #logThreads(model: string, { kind, from, to, reason }: ThreadChange): void {
    const fields = { room: 'engines', model, kind, from, to, reason };
    this.#options.logger?.info(fields, `Threads of ${kind} steps: ${from} to ${to} (${reason}).`);
  }
}

async function requireFile({ path, id }: ModelRecord): Promise<void> {
  try {
    await access(path);
  } catch (cause) {
    throw new AppError('model-file-missing', `The file of ${id} is not there: ${path}`, {
      hint: 'Put the file back, or import it again from its new place.',
      data: { path },
      cause,
    });
  }
}

interface MeasuredModel extends LoadedModel {
  cache: KvCache | undefined;
  /** What the library took for key/value state and computation. */
  contextBytes: number;
  /** A state fits contexts with other numbers of sequences. */
  canMove: boolean;
}

interface InfoSource {
  request: LoadRequest;
  placement: EnginePlacement;
  hasTemplate: boolean;
}

function toBackend({ llama }: LoadedLibrary, { isOnGpu, gpuLayers }: LoadedModel): string {
  return isOnGpu ? `${String(llama.gpu)} ${gpuLayers}` : 'cpu';
}

function toInfo({ llama }: LoadedLibrary, loaded: MeasuredModel, source: InfoSource): InstanceInfo {
  const { request, placement, hasTemplate } = source;
  const { contextSize, slots, threads, adapters } = request.options;
  return {
    modelId: request.model.id,
    engine: 'llama-cpp',
    placement,
    pid: process.pid,
    device: loaded.isOnGpu ? String(llama.gpu) : 'cpu',
    contextSize,
    slots,
    threads,
    memory: { modelBytes: loaded.model.weightBytes, contextBytes: loaded.contextBytes },
    hasChatTemplate: hasTemplate,
    ...(adapters ? { adapters } : {}),
  };
}
