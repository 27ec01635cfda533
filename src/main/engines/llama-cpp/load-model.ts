import type { Llama, LlamaContext, LlamaModel } from 'node-llama-cpp';
import type { LoadObserver, LoadRequest, ResolvedLoadOptions } from '../../engine-port/index.ts';

export interface LoadedModel {
  llama: Llama;
  model: LlamaModel;
  context: LlamaContext;
}

/** Share of the progress that reading the weights takes; the rest is the context. */
const weightsShare = 0.95;
const progressIntervalMs = 100;

/** Weights and context in memory, or neither. Rejects with the library's errors and with the signal's reason. */
export async function loadModel(llama: Llama, request: LoadRequest, observer: LoadObserver): Promise<LoadedModel> {
  const { signal } = observer;
  const report = createProgress(observer);
  const model = await llama.loadModel({
    modelPath: request.model.path,
    ...toGpuLayers(llama, request.options),
    loadSignal: signal,
    onLoadProgress: (progress) => report(progress * weightsShare),
  });
  try {
    const context = await createContext(model, request.options, signal);
    report(1);
    return { llama, model, context };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

function toGpuLayers(llama: Llama, { gpuLayers }: ResolvedLoadOptions): { gpuLayers?: number | 'auto' } {
  return llama.gpu === false ? {} : { gpuLayers };
}

/** The size asked for or an error: the library would shrink the context silently. */
async function createContext(
  model: LlamaModel,
  options: ResolvedLoadOptions,
  signal: AbortSignal,
): Promise<LlamaContext> {
  const context = await model.createContext({
    contextSize: options.contextSize,
    sequences: options.slots,
    batchSize: options.batchSize,
    threads: options.threads,
    createSignal: signal,
    failedCreationRemedy: false,
  });
  if (!signal.aborted) return context;
  await context.dispose();
  throw signal.reason;
}

/** Never falls, at most ten reports a second, 1 always. */
function createProgress(observer: LoadObserver): (progress: number) => void {
  let reportedAt = 0;
  let highest = 0;
  return (progress) => {
    const now = performance.now();
    const isDue = progress >= 1 || now - reportedAt >= progressIntervalMs;
    if (!isDue || progress <= highest) return;
    highest = progress;
    reportedAt = now;
    observer.onProgress(progress);
  };
}
