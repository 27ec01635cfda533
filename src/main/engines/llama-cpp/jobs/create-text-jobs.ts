import type { ResolvedLoadOptions } from '../../../engine-port/index.ts';
import type { LoadedAdapters } from '../adapters/loaded-adapters.ts';
import { EmbeddingContext } from '../native/embedding-context.ts';
import type { LlamaApi } from '../native/llama-api.ts';
import type { NativeModel } from '../native/native-model.ts';
import type { PromptEncoder } from '../prompt-encoder.ts';
import { TextEmbedder } from './text-embedder.ts';
import { TextPool } from './text-pool.ts';
import { TextRanker } from './text-ranker.ts';

/** What a model does with whole texts beside writing. */
export interface TextJobs {
  embedder: TextEmbedder;
  ranker: TextRanker;
  /** False: it only places or scores texts. */
  writesText: boolean;
  /** Waits for what is being computed and frees the memory. */
  dispose: () => Promise<void>;
}

/** Texts of one batch. */
const textsAtOnce = 16;
/** Networks whose scores go through a softmax in the library. */
const softmaxArchitectures = ['qwen3', 'qwen3vl'];

export interface TextJobsOptions {
  api: LlamaApi;
  model: NativeModel;
  architecture: string;
  encoder: PromptEncoder;
  load: ResolvedLoadOptions;
  isOnGpu: boolean;
  adapters: LoadedAdapters;
}

export function createTextJobs({ api, model, encoder, load, ...facts }: TextJobsOptions): TextJobs {
  const { vocabulary } = model;
  const trained = model.trainedContext > 0 ? model.trainedContext : load.contextSize;
  const pool = new TextPool({
    longestText: Math.min(load.contextSize, trained),
    createContext: (batchSize) =>
      EmbeddingContext.create({
        ...{ api, model: model.address, vectorSize: model.embeddingSize, scoreCount: model.scoreCount, batchSize },
        ...{ sequences: textsAtOnce, threads: load.threads, isCpuOnly: !facts.isOnGpu },
        adapters: facts.adapters.usual.entries,
      }),
  });
  return {
    embedder: new TextEmbedder({ vocabulary, encoder, pool }),
    ranker: new TextRanker({
      vocabulary,
      pool,
      template: model.chatTemplate('rerank'),
      givesProbabilities: softmaxArchitectures.includes(facts.architecture),
    }),
    writesText: model.writesText,
    dispose: () => pool.dispose(),
  };
}
