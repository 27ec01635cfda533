import type { Llama, LlamaLogLevel } from 'node-llama-cpp';
import type { ResolvedLoadOptions } from '../../engine-port/index.ts';
import type { NativeLevel, NativeLog } from './native-log.ts';
import { bindLlamaApi, type LlamaApi } from './native/llama-api.ts';
import { findLlamaLibrary } from './native/shared-libraries.ts';

type Gpu = ResolvedLoadOptions['gpu'];

/** The library in this process: node-llama-cpp has chosen the binary and loaded its back ends, `api` is its C side. */
export interface LoadedLibrary {
  llama: Llama;
  api: LlamaApi;
  /** True lets it tell the sizes of the buffers it takes. */
  setTalkative: (isTalkative: boolean) => void;
}

/**
 * The library, loaded on first use (its cold start takes 400 ms) and once per choice of GPU. Never disposed: its parts
 * are global to the process, models and contexts are freed one by one.
 */
export class NativeLibrary {
  readonly #log: NativeLog;
  readonly #instances = new Map<Gpu, Promise<LoadedLibrary>>();

  constructor(log: NativeLog) {
    this.#log = log;
  }

  /** Errors: the library's own when no binary fits the machine. A failure is not kept. */
  async obtain(gpu: Gpu): Promise<LoadedLibrary> {
    const known = this.#instances.get(gpu);
    if (known) return known;
    const created = this.#create(gpu);
    this.#instances.set(gpu, created);
    created.catch(() => this.#instances.delete(gpu));
    return created;
  }

  async #create(gpu: Gpu): Promise<LoadedLibrary> {
    const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
    const llama = await getLlama({
      gpu: gpu === 'off' ? false : gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      // No limit here: every context is given its own number of threads.
      maxThreads: 0,
      logLevel: LlamaLogLevel.warn,
      logger: (level, message) => this.#log.write(toNativeLevel(level), message),
    });
    return {
      llama,
      api: bindLlamaApi(findLlamaLibrary()),
      setTalkative: (isTalkative) => {
        llama.logLevel = isTalkative ? LlamaLogLevel.info : LlamaLogLevel.warn;
      },
    };
  }
}

function toNativeLevel(level: LlamaLogLevel): NativeLevel {
  switch (level as string) {
    case 'fatal':
    case 'error':
      return 'error';
    case 'warn':
      return 'warn';
    case 'info':
      return 'info';
    default:
      return 'debug';
  }
}
