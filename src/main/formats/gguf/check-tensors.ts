import { invalidModelFile } from '../format-problem.ts';
import type { GgufHeader, GgufTensor } from './gguf-header.ts';

const defaultAlignment = 32;
const maximumAlignment = 1024 * 1024;

/** Alignment, offsets, no overlap, and the file long enough for its last tensor. One file, or one shard. */
export function checkTensors(header: GgufHeader): void {
  const { file, fileSize, headerBytes, tensors } = header;
  const alignment = readAlignment(header);
  const dataStart = Math.ceil(headerBytes / alignment) * alignment;
  let end = 0;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset)) {
    checkOffset(tensor, { file, alignment, end });
    end = tensor.offset + tensor.sizeBytes;
  }
  if (dataStart + end > fileSize) {
    throw invalidModelFile({
      file,
      problem: 'truncated',
      detail: `It is incomplete: its tensors need ${dataStart + end} bytes, the file has ${fileSize}.`,
      hint: 'The download was probably interrupted: download the file again.',
    });
  }
}

function readAlignment({ file, metadata }: GgufHeader): number {
  const alignment = metadata.get('general.alignment') ?? defaultAlignment;
  const isUsable =
    typeof alignment === 'number' &&
    Number.isInteger(Math.log2(alignment)) &&
    alignment >= 1 &&
    alignment <= maximumAlignment;
  if (isUsable) return alignment;
  throw invalidModelFile({
    file,
    problem: 'alignment',
    detail: 'Its alignment (general.alignment) is not a power of two up to 1 MiB.',
  });
}

function checkOffset(tensor: GgufTensor, { file, alignment, end }: { file: string; alignment: number; end: number }) {
  if (tensor.offset % alignment !== 0) {
    throw invalidModelFile({
      file,
      problem: 'tensor-offset',
      detail: `A tensor lies at ${tensor.offset}, which is no multiple of the alignment ${alignment}.`,
    });
  }
  if (tensor.offset < end) {
    throw invalidModelFile({ file, problem: 'tensor-overlap', detail: 'Two of its tensors lie over each other.' });
  }
}
