import { BoundedReader } from '../bounded-reader.ts';
import type { ByteSource } from '../byte-source.ts';
import { invalidModelFile, unsupportedModelFile } from '../format-problem.ts';
import type { GgufHeader, GgufTensor, GgufValue } from './gguf-header.ts';
import { readGgufValue } from './read-gguf-value.ts';
import { tensorTypes } from './tensor-types.ts';

const magic = 0x46554747;
const maximumPairs = 65_536;
const maximumTensors = 65_536;
const maximumKeyBytes = 65_535;
/** ggml keeps tensor names in 64 bytes with the terminating zero. */
const maximumTensorNameBytes = 63;
const maximumDimensions = 4;
/** Together: keys and texts that are kept in memory. */
const maximumKeptBytes = 16 * 1024 * 1024;
const smallestPairBytes = 14;
const smallestTensorBytes = 33;

/**
 * Reads the header of a GGUF file, versions 2 and 3, little-endian. Every count and length is checked against the file
 * and against a cap before it is used; what the values mean is judged by `precheckGguf`.
 * Errors: `model-file-invalid`, `model-format-unsupported` (old, newer or big-endian files), `cancelled`.
 */
export async function readGgufHeader(source: ByteSource, signal?: AbortSignal): Promise<GgufHeader> {
  const reader = new BoundedReader(source, signal);
  const { file, size: fileSize } = source;
  const version = await readVersion(reader, file);
  const tensorCount = await readCount(reader, file, { what: 'tensors', maximum: maximumTensors });
  const pairCount = await readCount(reader, file, { what: 'metadata values', maximum: maximumPairs });
  requireRoom(reader, file, pairCount * smallestPairBytes + tensorCount * smallestTensorBytes);
  const metadata = await readMetadata(reader, file, pairCount);
  const tensors = await readTensors(reader, file, tensorCount);
  return { file, fileSize, version, metadata, tensors, headerBytes: reader.position };
}

async function readVersion(reader: BoundedReader, file: string): Promise<number> {
  if ((await reader.readUint32()) !== magic) {
    throw invalidModelFile({ file, problem: 'magic', detail: 'It does not begin with the letters GGUF.' });
  }
  const version = await reader.readUint32();
  if (version === 2 || version === 3) return version;
  if (version === 0) throw invalidModelFile({ file, problem: 'version', detail: 'Its GGUF version is 0.' });
  if ((version & 0xffff) === 0) {
    throw unsupportedModelFile({
      file,
      problem: 'big-endian',
      detail: 'It was written for big-endian processors.',
      hint: 'Download the little-endian file of this model, or convert it with gguf_convert_endian.py of llama.cpp.',
    });
  }
  throw unsupportedModelFile({
    file,
    problem: 'version',
    detail: `It has GGUF version ${version}; Impetus reads versions 2 and 3.`,
    hint: version === 1 ? 'Convert the model again with a present llama.cpp.' : 'Update Impetus, then try again.',
  });
}

async function readCount(reader: BoundedReader, file: string, limit: { what: string; maximum: number }) {
  const count = await reader.readUint64();
  if (count <= limit.maximum) return count;
  throw invalidModelFile({
    file,
    problem: 'count',
    detail: `It claims ${count} ${limit.what}; at most ${limit.maximum} are allowed.`,
  });
}

function requireRoom(reader: BoundedReader, file: string, bytes: number): void {
  if (bytes <= reader.remaining) return;
  throw invalidModelFile({
    file,
    problem: 'truncated',
    detail: `Its header needs at least ${bytes} more bytes; the file has ${reader.remaining}.`,
    hint: 'The download was probably interrupted: download the file again.',
  });
}

async function readMetadata(reader: BoundedReader, file: string, count: number): Promise<Map<string, GgufValue>> {
  const metadata = new Map<string, GgufValue>();
  let keptBytes = 0;
  for (let index = 0; index < count; index++) {
    const key = await reader.readString(maximumKeyBytes, `The name of metadata value ${index}`);
    if (!isPrintable(key) || metadata.has(key)) {
      const finding = metadata.has(key) ? 'is there twice' : 'has no printable name';
      throw invalidModelFile({
        file,
        problem: 'metadata-name',
        detail: `The metadata value ${index} (${shorten(key)}) ${finding}.`,
      });
    }
    const value = await readGgufValue(reader, file, shorten(key));
    keptBytes += 64 + key.length + (typeof value === 'string' ? value.length : 0);
    if (keptBytes > maximumKeptBytes) {
      throw invalidModelFile({
        file,
        problem: 'metadata-size',
        detail: 'Its metadata holds more text than any model needs.',
      });
    }
    metadata.set(key, value);
  }
  return metadata;
}

async function readTensors(reader: BoundedReader, file: string, count: number): Promise<GgufTensor[]> {
  const tensors: GgufTensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const tensor = await readTensor(reader, file, index);
    if (names.has(tensor.name)) {
      throw invalidModelFile({
        file,
        problem: 'tensor-name',
        detail: `The tensor ${shorten(tensor.name)} is there twice.`,
      });
    }
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

async function readTensor(reader: BoundedReader, file: string, index: number): Promise<GgufTensor> {
  const name = await reader.readString(maximumTensorNameBytes, `The name of tensor ${index}`);
  if (!isPrintable(name)) {
    throw invalidModelFile({ file, problem: 'tensor-name', detail: `Tensor ${index} has no printable name.` });
  }
  const dimensions = await readDimensions(reader, file, name);
  const typeNumber = await reader.readUint32();
  const offset = await reader.readUint64();
  const type = tensorTypes.get(typeNumber);
  if (!type) {
    throw invalidModelFile({
      file,
      problem: 'tensor-type',
      detail: `The tensor ${shorten(name)} has the type ${typeNumber}, which this version does not know.`,
      hint: 'Update Impetus, or choose another quantization of this model.',
    });
  }
  const [rowLength = 0] = dimensions;
  if (rowLength % type.blockSize !== 0) {
    throw invalidModelFile({
      file,
      problem: 'tensor-shape',
      detail: `The rows of tensor ${shorten(name)} have ${rowLength} weights; ${type.name} needs a multiple of ${type.blockSize}.`,
    });
  }
  const weightCount = dimensions.reduce((product, dimension) => product * dimension, 1);
  const sizeBytes = (weightCount / type.blockSize) * type.blockBytes;
  return { name, dimensions, type, weightCount, sizeBytes, offset };
}

/** One to four dimensions, none of them 0, together fewer than 2^53 weights (so that every product here is exact). */
async function readDimensions(reader: BoundedReader, file: string, name: string): Promise<number[]> {
  const count = await reader.readUint32();
  const dimensions: number[] = [];
  let product = 1;
  for (let index = 0; index < Math.min(count, maximumDimensions); index++) {
    const dimension = await reader.readUint64();
    product *= dimension;
    dimensions.push(dimension);
  }
  if (count >= 1 && count <= maximumDimensions && product > 0 && product <= Number.MAX_SAFE_INTEGER) return dimensions;
  throw invalidModelFile({
    file,
    problem: 'tensor-shape',
    detail: `The tensor ${shorten(name)} has an impossible shape (${count} dimensions: ${dimensions.join(' x ')}).`,
  });
}

/** Plain ASCII and not empty: native code ends names at a zero byte and aborts on empty ones. */
function isPrintable(name: string): boolean {
  return /^[\x20-\x7e]+$/.test(name);
}

/** Names from the file, safe to print. */
function shorten(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, '?');
  return printable.length > 80 ? `${printable.slice(0, 80)}…` : printable;
}
