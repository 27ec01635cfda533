/**
 * Writes GGUF version 3 files, and reads the raw metadata entries of existing ones. For test models only: it holds the
 * whole file in memory and checks nothing, so that tests can also write files that are wrong on purpose.
 */

/** A metadata value; a plain integer is stored as uint32, any other plain number as float32. */
export type GgufValue =
  | string
  | boolean
  | number
  | string[]
  | { type: 'uint32' | 'int32' | 'float32' | 'uint64'; value: number }
  | { type: 'array'; of: 'uint32' | 'int32' | 'float32'; values: readonly number[] };

export interface GgufTensor {
  name: string;
  /** Fastest-varying dimension first, as GGUF has it: a matrix is [columns, rows]. */
  shape: readonly number[];
  type: 'f32' | 'f16';
  data: Float32Array;
}

export interface GgufContent {
  metadata: Readonly<Record<string, GgufValue>>;
  /** Entries copied from another file as they are (`readMetadataEntries`). */
  rawMetadata?: readonly GgufEntry[];
  tensors: readonly GgufTensor[];
}

/** One metadata entry: its key and its bytes in the file, key included. */
export interface GgufEntry {
  key: string;
  bytes: Uint8Array;
}

const alignment = 32;
const magic = 'GGUF';
const valueTypes = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9, uint64: 10 } as const;
const tensorTypes = { f32: 0, f16: 1 } as const;

/** The whole file as bytes. */
export function writeGguf({ metadata, rawMetadata = [], tensors }: GgufContent): Uint8Array {
  const entries = Object.entries(metadata);
  const header = new ByteWriter();
  header.text(magic);
  header.uint32(3);
  header.uint64(tensors.length);
  header.uint64(entries.length + rawMetadata.length);
  for (const [key, value] of entries) {
    header.string(key);
    writeValue(header, value);
  }
  for (const { bytes } of rawMetadata) header.bytes(bytes);

  const bodies = tensors.map(toTensorBytes);
  let offset = 0;
  for (const [index, tensor] of tensors.entries()) {
    header.string(tensor.name);
    header.uint32(tensor.shape.length);
    for (const dimension of tensor.shape) header.uint64(dimension);
    header.uint32(tensorTypes[tensor.type]);
    header.uint64(offset);
    offset += roundUp(bodies[index]?.length ?? 0);
  }
  header.pad();
  for (const body of bodies) {
    header.bytes(body);
    header.pad();
  }
  return header.finish();
}

/** The metadata entries of a well-formed GGUF file, without interpreting their values. */
export function readMetadataEntries(file: Uint8Array): GgufEntry[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const count = Number(view.getBigUint64(16, true));
  const entries: GgufEntry[] = [];
  let offset = 24;
  for (let index = 0; index < count; index++) {
    const start = offset;
    const keyLength = Number(view.getBigUint64(offset, true));
    const key = new TextDecoder().decode(file.subarray(offset + 8, offset + 8 + keyLength));
    offset += 8 + keyLength;
    offset = skipValue(view, offset + 4, view.getUint32(offset, true));
    entries.push({ key, bytes: file.subarray(start, offset) });
  }
  return entries;
}

const fixedSizes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function skipValue(view: DataView, offset: number, type: number): number {
  const size = fixedSizes[type];
  if (size !== undefined) return offset + size;
  if (type === valueTypes.string) return offset + 8 + Number(view.getBigUint64(offset, true));
  const elementType = view.getUint32(offset, true);
  const length = Number(view.getBigUint64(offset + 4, true));
  let end = offset + 12;
  for (let index = 0; index < length; index++) end = skipValue(view, end, elementType);
  return end;
}

function writeValue(writer: ByteWriter, value: GgufValue): void {
  if (typeof value === 'string') {
    writer.uint32(valueTypes.string);
    writer.string(value);
  } else if (typeof value === 'boolean') {
    writer.uint32(valueTypes.bool);
    writer.bytes(Uint8Array.of(value ? 1 : 0));
  } else if (typeof value === 'number') {
    writeValue(writer, { type: Number.isInteger(value) ? 'uint32' : 'float32', value });
  } else if (Array.isArray(value)) {
    writeArrayHead(writer, 'string', value.length);
    for (const element of value) writer.string(element);
  } else if (value.type === 'array') {
    writeArrayHead(writer, value.of, value.values.length);
    for (const element of value.values) writer[value.of](element);
  } else {
    writer.uint32(valueTypes[value.type]);
    writer[value.type](value.value);
  }
}

function writeArrayHead(writer: ByteWriter, of: 'string' | 'uint32' | 'int32' | 'float32', length: number): void {
  writer.uint32(valueTypes.array);
  writer.uint32(valueTypes[of]);
  writer.uint64(length);
}

function toTensorBytes({ type, data }: GgufTensor): Uint8Array {
  if (type === 'f32') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const halves = new Uint16Array(data.length);
  for (const [index, value] of data.entries()) halves[index] = toHalf(value);
  return new Uint8Array(halves.buffer);
}

const conversion = new DataView(new ArrayBuffer(4));

/** IEEE half precision, rounded to nearest; values below its normal range become 0. */
function toHalf(value: number): number {
  conversion.setFloat32(0, value);
  const bits = conversion.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent <= 0) return sign;
  if (exponent >= 31) return sign | 0x7c00;
  return sign | ((((exponent << 23) | (bits & 0x7f_ffff)) + 0x1000) >>> 13);
}

function roundUp(length: number): number {
  return Math.ceil(length / alignment) * alignment;
}

/** Little-endian bytes, appended. */
class ByteWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(bytes: Uint8Array): void {
    this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  text(text: string): void {
    this.bytes(new TextEncoder().encode(text));
  }

  string(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.uint64(bytes.length);
    this.bytes(bytes);
  }

  uint32(value: number): void {
    this.#number(4, (view) => view.setUint32(0, value, true));
  }

  int32(value: number): void {
    this.#number(4, (view) => view.setInt32(0, value, true));
  }

  float32(value: number): void {
    this.#number(4, (view) => view.setFloat32(0, value, true));
  }

  uint64(value: number): void {
    this.#number(8, (view) => view.setBigUint64(0, BigInt(value), true));
  }

  pad(): void {
    this.bytes(new Uint8Array(roundUp(this.#length) - this.#length));
  }

  finish(): Uint8Array {
    const file = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      file.set(part, offset);
      offset += part.length;
    }
    return file;
  }

  #number(size: number, write: (view: DataView) => void): void {
    const view = new DataView(new ArrayBuffer(size));
    write(view);
    this.bytes(new Uint8Array(view.buffer));
  }
}
