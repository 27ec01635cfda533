import type { BoundedReader } from '../bounded-reader.ts';
import { invalidModelFile } from '../format-problem.ts';
import { valueTypes, type GgufArray, type GgufValue, type GgufValueType } from './gguf-header.ts';

const maximumStringBytes = 1024 * 1024;
const maximumTemplateBytes = 2 * 1024 * 1024;
const maximumItems = 16 * 1024 * 1024;
/** Longer arrays are counted and skipped; per-layer values are at most as many as layers. */
const maximumKeptItems = 1024;

type NumberType = Exclude<GgufValueType, 'string' | 'array' | 'bool'>;

const decoders: Readonly<Record<NumberType, { bytes: number; decode: (buffer: Buffer) => number }>> = {
  uint8: { bytes: 1, decode: (buffer) => buffer.readUInt8() },
  int8: { bytes: 1, decode: (buffer) => buffer.readInt8() },
  uint16: { bytes: 2, decode: (buffer) => buffer.readUInt16LE() },
  int16: { bytes: 2, decode: (buffer) => buffer.readInt16LE() },
  uint32: { bytes: 4, decode: (buffer) => buffer.readUInt32LE() },
  int32: { bytes: 4, decode: (buffer) => buffer.readInt32LE() },
  float32: { bytes: 4, decode: (buffer) => buffer.readFloatLE() },
  uint64: { bytes: 8, decode: (buffer) => Number(buffer.readBigUInt64LE()) },
  int64: { bytes: 8, decode: (buffer) => Number(buffer.readBigInt64LE()) },
  float64: { bytes: 8, decode: (buffer) => buffer.readDoubleLE() },
};

/** The value that follows `key`; arrays of texts and long arrays are skipped and only counted. */
export async function readGgufValue(reader: BoundedReader, file: string, key: string): Promise<GgufValue> {
  const type = await readType(reader, file, key);
  if (type === 'array') return readArray(reader, file, key);
  if (type === 'string') return reader.readString(longestText(key), `The value of ${key}`);
  if (type === 'bool') return (await reader.readUint8()) !== 0;
  return decodeNumber(reader, type);
}

function longestText(key: string): number {
  return key.startsWith('tokenizer.chat_template') ? maximumTemplateBytes : maximumStringBytes;
}

async function readType(reader: BoundedReader, file: string, key: string): Promise<GgufValueType> {
  const number = await reader.readUint32();
  const type = valueTypes[number];
  if (type) return type;
  throw invalidModelFile({
    file,
    problem: 'value-type',
    detail: `The value of ${key} has the unknown type ${number}.`,
  });
}

async function decodeNumber(reader: BoundedReader, type: NumberType): Promise<number> {
  const { bytes, decode } = decoders[type];
  return decode(await reader.readBytes(bytes));
}

async function readArray(reader: BoundedReader, file: string, key: string): Promise<GgufArray> {
  const elementType = await readType(reader, file, key);
  const count = await reader.readUint64();
  if (elementType === 'array') {
    throw invalidModelFile({ file, problem: 'nested-array', detail: `${key} is an array of arrays.` });
  }
  if (count > maximumItems) {
    throw invalidModelFile({
      file,
      problem: 'array-length',
      detail: `${key} claims ${count} items; at most ${maximumItems} are allowed.`,
    });
  }
  if (elementType === 'string') {
    await reader.skipStrings(count, maximumStringBytes, `An item of ${key}`);
    return { elementType, count, items: null };
  }
  if (elementType === 'bool') {
    reader.skip(count);
    return { elementType, count, items: null };
  }
  if (count > maximumKeptItems) {
    reader.skip(count * decoders[elementType].bytes);
    return { elementType, count, items: null };
  }
  const items: number[] = [];
  for (let index = 0; index < count; index++) items.push(await decodeNumber(reader, elementType));
  return { elementType, count, items };
}
