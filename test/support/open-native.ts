import { getLlama, LlamaLogLevel, type Llama } from 'node-llama-cpp';
import { bindLlamaApi, type LlamaApi } from '#main/engines/llama-cpp/native/llama-api.ts';
import { NativeContext } from '#main/engines/llama-cpp/native/native-context.ts';
import { NativeModel } from '#main/engines/llama-cpp/native/native-model.ts';
import { findLlamaLibrary } from '#main/engines/llama-cpp/native/shared-libraries.ts';

export interface OpenNative {
  model: NativeModel;
  context: NativeContext;
  dispose: () => void;
}

let library: Promise<{ llama: Llama; api: LlamaApi }> | undefined;

/** The library as the engine binds it, once per test process. */
export function openLibrary(): Promise<{ llama: Llama; api: LlamaApi }> {
  library ??= load();
  return library;
}

async function load(): Promise<{ llama: Llama; api: LlamaApi }> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    maxThreads: 0,
    logLevel: LlamaLogLevel.error,
    logger: () => undefined,
  });
  return { llama, api: bindLlamaApi(findLlamaLibrary()) };
}

export interface OpenOptions {
  contextSize?: number;
  sequences?: number;
  batchSize?: number;
  threads?: number;
}

/** A model and a context without the engine around them. */
export async function openNative(path: string, options: OpenOptions = {}): Promise<OpenNative> {
  const { contextSize = 512, sequences = 2, batchSize = 128, threads = 1 } = options;
  const { api } = await openLibrary();
  const model = await NativeModel.load({
    api,
    path,
    gpuLayers: 0,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  if (!model) throw new Error(`${path} could not be loaded.`);
  const context = await NativeContext.create({
    api,
    model: model.address,
    vocabularySize: model.vocabulary.size,
    contextSize,
    sequences,
    batchSize,
    threads,
    isCpuOnly: true,
  });
  if (!context) throw new Error(`No context for ${path}.`);
  return {
    model,
    context,
    dispose: () => {
      context.dispose();
      model.dispose();
    },
  };
}

/** Computes tokens on what a sequence holds and gives the likeliest next token. */
export async function computeNext(
  context: NativeContext,
  { sequence, position, tokens }: { sequence: number; position: number; tokens: ArrayLike<number> },
): Promise<number> {
  context.beginBatch();
  const index = context.addToBatch({ sequence, position, tokens: Uint32Array.from(tokens), scoreCount: 1 });
  await context.decode({ mayBlock: false });
  return findGreatest(context.scoresAt(index));
}

export function findGreatest(scores: Float32Array): number {
  let best = 0;
  for (let token = 1; token < scores.length; token++) {
    if ((scores[token] ?? -Infinity) > (scores[best] ?? -Infinity)) best = token;
  }
  return best;
}
