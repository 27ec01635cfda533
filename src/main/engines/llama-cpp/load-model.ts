import type { Llama } from 'node-llama-cpp';
import type { LoadObserver, LoadRequest, ResolvedLoadOptions } from '../../engine-port/index.ts';
import { LoadedAdapters } from './adapters/loaded-adapters.ts';
import type { ContextShape } from './context-driver.ts';
import { NativeContext } from './native/native-context.ts';
import { NativeModel } from './native/native-model.ts';
import type { LoadedLibrary } from './native-library.ts';

export interface LoadedModel {
  model: NativeModel;
  /** What was taken at load. */
  context: NativeContext;
  /** One more context on the same weights; undefined when the library cannot make it. */
  createContext: (shape: ContextShape) => Promise<NativeContext | undefined>;
  adapters: LoadedAdapters;
  isOnGpu: boolean;
  gpuLayers: number;
}

/** Share of the progress that reading the weights takes; the rest is the context. */
const weightsShare = 0.95;
const progressIntervalMs = 100;

/** Weights and context in memory, or neither. Rejects with what the library says and with the signal's reason. */
export async function loadModel(
  { llama, api }: LoadedLibrary,
  request: LoadRequest,
  observer: LoadObserver,
): Promise<LoadedModel> {
  const { signal } = observer;
  const { options } = request;
  const report = createProgress(observer);
  const gpuLayers = await resolveGpuLayers(llama, request, signal);
  const model = await NativeModel.load({
    api,
    path: request.model.path,
    gpuLayers,
    signal,
    onProgress: (progress) => report(progress * weightsShare),
  });
  signal.throwIfAborted();
  if (!model) throw new Error('The library refused the file.');
  try {
    const isOnGpu = llama.gpu !== false && gpuLayers !== 0;
    const adapters = await LoadedAdapters.load({ api, model: model.address }, options.adapters);
    const createContext = (shape: ContextShape): Promise<NativeContext | undefined> =>
      NativeContext.create({
        ...{ api, model: model.address, vocabularySize: model.vocabulary.size, isCpuOnly: !isOnGpu },
        ...{ ...shape, batchSize: options.batchSize, threads: options.threads },
      });
    const context = await createContext(toFirstShape(model, options));
    if (!context) throw new Error('The library could not make a context.');
    if (signal.aborted) {
      context.dispose();
      throw signal.reason;
    }
    report(1);
    return { model, context, createContext, adapters, isOnGpu, gpuLayers };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** False: the state of a sequence fits only a context with as many sequences. */
export function isPortable(
  { model }: Pick<LoadedModel, 'model'>,
  { flashAttention }: { flashAttention: boolean },
): boolean {
  return flashAttention && !model.isRecurrent;
}

/** Where sequences cannot come later, all of them are there from the beginning. */
export async function withAllSequences(loaded: LoadedModel, { slots }: ResolvedLoadOptions): Promise<LoadedModel> {
  const { contextSize, sequences } = loaded.context;
  if (sequences === slots) return loaded;
  loaded.context.dispose();
  const context = await loaded.createContext({ contextSize, sequences: slots });
  if (!context) throw new Error('The library could not make a context.');
  return { ...loaded, context };
}

/** A context that is to grow begins on the side of the model's rope boundary where it ends. */
function toFirstShape(
  { ropeBoundary = Infinity, isRecurrent }: Pick<NativeModel, 'ropeBoundary' | 'isRecurrent'>,
  { contextSize, slots, start }: ResolvedLoadOptions,
): ContextShape {
  if (!start) return { contextSize, sequences: slots };
  const least = contextSize > ropeBoundary ? ropeBoundary + 1 : 0;
  return { contextSize: Math.max(start.contextSize, least), sequences: isRecurrent ? slots : start.sequences };
}

/** Layers for the graphics processor: what was asked for, or as many as node-llama-cpp finds room for. */
async function resolveGpuLayers(llama: Llama, { model, options }: LoadRequest, signal: AbortSignal): Promise<number> {
  if (llama.gpu === false || options.gpu === 'off') return 0;
  if (options.gpuLayers !== 'auto') return options.gpuLayers;
  const { GgufInsights, readGgufFileInfo } = await import('node-llama-cpp');
  const insights = await GgufInsights.from(await readGgufFileInfo(model.path, { signal }), llama);
  const resolved = await insights.configurationResolver.resolveModelGpuLayersV2(toLayerWish(options), { signal });
  return resolved.gpuLayers;
}

function toLayerWish({ contextSize, slots, start }: ResolvedLoadOptions): { fitContext: { contextSize: number } } {
  // One conversation as long as it may get, beside the first sequences.
  const tokens = start ? contextSize + start.contextSize * start.sequences : contextSize * slots;
  return { fitContext: { contextSize: tokens } };
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
