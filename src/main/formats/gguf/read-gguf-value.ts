import type { BoundedReader } from '../bounded-reader.ts';
import { invalidModelFile } from '../format-problem.ts';
import { valueTypes, type GgufArray, type GgufValue, type GgufValueType } from './gguf-header.ts';
import { TokenScan } from './token-summary.ts';

const maximumStringBytes = 1024 * 1024;
const maximumTemplateBytes = 2 * 1024 * 1024;
const maximumTokenBytes = 64 * 1024;
const maximumItems = 16 * 1024 * 1024;
/** Several times the largest vocabulary there is. */
const maximumTokens = 2 * 1024 * 1024;
/** Its length field. */
const smallestTextBytes = 8;
/** Longer arrays are counted and skipped; per-layer values are at most as many as layers. */
const maximumKeptItems = 1024;

const tokensKey = 'tokenizer.ggml.tokens';
const tokenTypesKey = 'tokenizer.ggml.token_type';

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
  const isTokenKey = key === tokensKey || key === tokenTypesKey;
  const maximum = isTokenKey ? maximumTokens : maximumItems;
  if (count > maximum) {
    throw invalidModelFile({
      file,
      problem: 'array-length',
      detail: `${key} claims ${count} items; at most ${maximum} are allowed.`,
    });
  }
  if (elementType === 'string') return readTexts(reader, key, count);
  return readNumbers(reader, key, { elementType, count });
}

async function readTexts(reader: BoundedReader, key: string, count: number): Promise<GgufArray> {
  const array: GgufArray = { elementType: 'string', count, items: null };
  const what = `An item of ${key}`;
  if (key !== tokensKey) {
    await reader.skipStrings(count, maximumStringBytes, what);
    return array;
  }
  if (count * smallestTextBytes > reader.remaining) reader.skip(count * smallestTextBytes);
  const scan = new TokenScan(count);
  const limit = { maximumBytes: maximumTokenBytes, what };
  await reader.visitStrings(count, limit, (buffer, start, end) => scan.add(buffer, start, end));
  return { ...array, tokens: scan.finish() };
}

async function readNumbers(
  reader: BoundedReader,
  key: string,
  { elementType, count }: { elementType: NumberType | 'bool'; count: number },
): Promise<GgufArray> {
  const bytes = elementType === 'bool' ? 1 : decoders[elementType].bytes;
  if (key === tokenTypesKey && elementType === 'int32') {
    const { buffer, byteOffset, byteLength } = await reader.readLongBytes(count * bytes);
    return { elementType, count, items: new Int32Array(buffer.slice(byteOffset, byteOffset + byteLength)) };
  }
  if (elementType === 'bool' || count > maximumKeptItems) {
    reader.skip(count * bytes);
    return { elementType, count, items: null };
  }
  const items: number[] = [];
  for (let index = 0; index < count; index++) items.push(await decodeNumber(reader, elementType));
  return { elementType, count, items };
}
