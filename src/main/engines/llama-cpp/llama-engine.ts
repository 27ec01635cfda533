import { access } from 'node:fs/promises';
import os from 'node:os';
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
import { ChatFormat } from './chat-format.ts';
import { requirePlausibleContext } from './context-limit.ts';
import { LlamaInstance } from './llama-instance.ts';
import { toLoadError } from './load-errors.ts';
import { createTextJobs } from './jobs/create-text-jobs.ts';
import { loadModel, type LoadedModel } from './load-model.ts';
import { NativeLibrary, type LoadedLibrary } from './native-library.ts';
import { NativeLog } from './native-log.ts';
import { openStateCache } from './open-state-cache.ts';
import type { KvCache } from './kv-cache/index.ts';
import { PromptEncoder } from './prompt-encoder.ts';
import { SamplerSettingsMaker } from './sampling.ts';
import { StepLoop } from './step-loop.ts';
import { createTemplateCompiler } from './template-compiler.ts';
import { ThreadPlan, type ThreadChange } from './thread-plan.ts';
import { TokenPieces } from './token-pieces.ts';

export interface LlamaEngineOptions {
  /** Which process this is; reported, nothing else. */
  placement: EnginePlacement;
  /** Receives what the library prints. Default: nobody. */
  logger?: Logger;
  /** How long one step may take before its requests fail with `engine-stalled`, in ms. Default 120,000. */
  stallLimitMs?: number;
}

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
      const loaded = await loadModel(library, request, observer);
      const contextBytes = await this.#log.settledContextBytes();
      const cache = await openStateCache(request, {
        libraryVersion: library.api.version(),
        backend: toBackend(library, loaded),
        flashAttention: this.#log.flashAttention,
      });
      return { ...loaded, contextBytes, cache };
    } finally {
      library.setTalkative(false);
    }
  }

  #createInstance(library: LoadedLibrary, loaded: MeasuredModel, request: LoadRequest): EngineInstance {
    const { model, context } = loaded;
    const { vocabulary } = model;
    const pieces = new TokenPieces(vocabulary);
    const { placement, stallLimitMs = 120_000 } = this.#options;
    const chatFormat = new ChatFormat({
      template: model.chatTemplate(null),
      toolTemplate: model.chatTemplate('tool_use'),
      beginText: vocabulary.beginText,
      endText: vocabulary.endText,
      compile: createTemplateCompiler(library.llama),
    });
    const encoder = new PromptEncoder(vocabulary, chatFormat);
    const now = (): number => performance.now();
    return new LlamaInstance({
      info: toInfo(library, loaded, { request, placement, hasTemplate: chatFormat.hasTemplate }),
      loop: new StepLoop({
        driver: context,
        threadPlan: this.#createThreadPlan(request),
        sequenceCount: request.options.slots,
        slidingWindow: model.slidingWindow,
        cache: loaded.cache,
        canCut: !model.isRecurrent,
        toText: (tokens) => pieces.join(tokens),
        mayBlock: placement === 'child',
        stallLimitMs,
        now,
      }),
      encoder,
      textJobs: createTextJobs({
        ...{ api: library.api, model, isOnGpu: loaded.isOnGpu, encoder },
        ...{ load: request.options, architecture: request.model.facts.architecture },
      }),
      vocabulary,
      pieces,
      samplerSettings: new SamplerSettingsMaker(vocabulary, pieces),
      now,
      free: async () => {
        context.dispose();
        model.dispose();
      },
    });
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
  const { contextSize, slots, threads } = request.options;
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
  };
}
