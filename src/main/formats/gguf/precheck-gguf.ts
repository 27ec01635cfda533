import path from 'node:path';
import type { ModelFacts } from '#shared/domain/model.ts';
import { unsupportedModelFile } from '../format-problem.ts';
import { nameQuantization } from '../quantization-names.ts';
import { checkArchitecture } from './check-architecture.ts';
import { checkTokenizer } from './check-tokenizer.ts';
import type { GgufHeader, GgufTensor } from './gguf-header.ts';
import { GgufMetadata } from './gguf-metadata.ts';
import { countKvBytesPerToken } from './kv-bytes.ts';
import { readTraits } from './read-traits.ts';

/** What a GGUF may be other than a language model, by `general.type`. */
const otherKinds: Readonly<Record<string, string>> = {
  adapter: 'It is an adapter (LoRA), not a model.',
  mmproj: 'It is the image projector of a vision model, not a model by itself.',
  vocab: 'It holds a vocabulary only.',
  imatrix: 'It holds statistics for quantizing a model.',
};

/**
 * Judges what a header says: the values that native code trusts must be possible and agree with the tensors. Whether
 * an engine knows the architecture is not asked here. Give the joined header where a model has several files; each
 * one's layout is checked by `checkTensors`. Errors: `model-file-invalid`, `model-format-unsupported`.
 */
export function precheckGguf(header: GgufHeader): ModelFacts {
  const metadata = new GgufMetadata(header);
  refuseOtherKinds(header, metadata);
  const { layerCount, embeddingSize, trainedContext } = checkArchitecture(metadata, header.tensors);
  const { vocabularySize, hasChatTemplate } = checkTokenizer(metadata, header.tensors);
  return {
    format: 'gguf',
    architecture: metadata.architecture,
    name: metadata.getText('general.name')?.trim() || path.parse(header.file).name,
    quantization: nameQuantization(metadata.getNumber('general.file_type'), countWeightsByType(header.tensors)),
    parameterCount: header.tensors.reduce((sum, { weightCount }) => sum + weightCount, 0),
    trainedContext,
    layerCount,
    embeddingSize,
    vocabularySize,
    kvBytesPerToken: countKvBytesPerToken(metadata, header.tensors, layerCount),
    hasChatTemplate,
    traits: readTraits(metadata),
    sampling: readSampling(metadata),
  };
}

function refuseOtherKinds({ file, tensors }: GgufHeader, metadata: GgufMetadata): void {
  const kind = metadata.architecture === 'clip' ? 'mmproj' : (metadata.getText('general.type') ?? 'model');
  const detail = otherKinds[kind] ?? (tensors.length === 0 ? otherKinds['vocab'] : undefined);
  if (detail === undefined) return;
  throw unsupportedModelFile({
    file,
    problem: 'other-kind',
    detail,
    hint: 'Choose the GGUF file that holds the weights of the model.',
  });
}

function countWeightsByType(tensors: readonly GgufTensor[]): Map<string, number> {
  const weights = new Map<string, number>();
  for (const { type, weightCount } of tensors) weights.set(type.name, (weights.get(type.name) ?? 0) + weightCount);
  return weights;
}

/** `general.sampling.*`, each value only where it is usable. */
function readSampling(metadata: GgufMetadata): ModelFacts['sampling'] {
  const read = (name: string, isUsable: (value: number) => boolean) => {
    const value = metadata.getNumber(`general.sampling.${name}`);
    return value !== undefined && isUsable(value) ? value : undefined;
  };
  const isShare = (value: number) => value >= 0 && value <= 1;
  const isUpTo = (largest: number) => (value: number) => value >= 0 && value <= largest;
  const found = {
    temperature: read('temp', isUpTo(100)),
    topK: read('top_k', (value) => Number.isInteger(value) && value >= 0),
    topP: read('top_p', isShare),
    minP: read('min_p', isShare),
    xtcProbability: read('xtc_probability', isShare),
    xtcThreshold: read('xtc_threshold', isShare),
    repeatPenalty: read('penalty_repeat', (value) => value > 0 && value <= 100),
    repeatLastN: read('penalty_last_n', (value) => Number.isInteger(value) && value >= -1),
    mirostat: read('mirostat', (value) => value === 0 || value === 1 || value === 2),
    mirostatTau: read('mirostat_tau', isUpTo(1_000)),
    mirostatEta: read('mirostat_eta', isUpTo(1_000)),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
