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
import { createAddonDriver } from './addon-driver.ts';
import { ChatFormat } from './chat-format.ts';
import { requirePlausibleContext } from './context-limit.ts';
import { LlamaInstance } from './llama-instance.ts';
import { toLoadError } from './load-errors.ts';
import { loadModel, type LoadedModel } from './load-model.ts';
import { NativeLibrary } from './native-library.ts';
import { NativeLog } from './native-log.ts';
import { PromptEncoder } from './prompt-encoder.ts';
import { readChatTemplates, readSlidingWindow } from './model-metadata.ts';
import { StepLoop } from './step-loop.ts';
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
      const llama = await this.#library.obtain(request.options.gpu);
      observer.signal.throwIfAborted();
      return this.#createInstance(await loadModel(llama, request, observer), request);
    } catch (thrown) {
      throw toLoadError({
        thrown,
        modelId: request.model.id,
        log: await this.#log.settledSince(mark),
        isAborted: observer.signal.aborted,
      });
    }
  }

  #createInstance(loaded: LoadedModel, { model: record, options }: LoadRequest): EngineInstance {
    const { model, context } = loaded;
    const driver = createAddonDriver(loaded.llama, model, context);
    const chatFormat = new ChatFormat({
      ...readChatTemplates(model),
      beginText: driver.vocabulary.beginText,
      endText: driver.vocabulary.endText,
      compile: driver.compileTemplate,
    });
    const now = (): number => performance.now();
    return new LlamaInstance({
      info: toInfo(loaded, {
        record,
        options,
        placement: this.#options.placement,
        hasTemplate: chatFormat.hasTemplate,
      }),
      loop: new StepLoop({
        driver: driver.batch,
        threadPlan: new ThreadPlan({
          threads: options.threads,
          isAdaptive: options.adaptsThreads === true,
          onChange: (change) => this.#logThreads(record.id, change),
        }),
        sequenceCount: options.slots,
        slidingWindow: readSlidingWindow(model),
        stallLimitMs: this.#options.stallLimitMs ?? 120_000,
        now,
      }),
      encoder: new PromptEncoder(driver.vocabulary, chatFormat),
      vocabulary: driver.vocabulary,
      pieces: new TokenPieces(driver.vocabulary),
      now,
      free: async () => {
        await context.dispose();
        await model.dispose();
      },
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

interface InfoSource {
  record: ModelRecord;
  options: LoadRequest['options'];
  placement: EnginePlacement;
  hasTemplate: boolean;
}

function toInfo({ llama, model, context }: LoadedModel, source: InfoSource): InstanceInfo {
  const { record, options, placement, hasTemplate } = source;
  const isOnGpu = llama.gpu !== false && model.gpuLayers > 0;
  return {
    modelId: record.id,
    engine: 'llama-cpp',
    placement,
    pid: process.pid,
    device: isOnGpu ? String(llama.gpu) : 'cpu',
    contextSize: options.contextSize,
    slots: options.slots,
    threads: options.threads,
    memory: { modelBytes: sum(model.memoryUsage), contextBytes: sum(context.memoryUsage) },
    hasChatTemplate: hasTemplate,
  };
}

function sum({ ram, vram }: { ram: number; vram: number }): number {
  return ram + vram;
}
