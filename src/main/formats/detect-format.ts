import type { ModelFormat } from '#shared/domain/model.ts';
import { withModelFile, type ByteSource } from './byte-source.ts';
import { invalidModelFile, unsupportedModelFile, type Problem } from './format-problem.ts';

const headBytes = 4096;

interface Recognised extends Omit<Problem, 'file'> {
  /** Broken downloads are `invalid`, other kinds of file `unsupported`. */
  kind: 'invalid' | 'unsupported';
  matches: (head: Buffer, size: number) => boolean;
}

const startsWith = (head: Buffer, ...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
const text = (head: Buffer) =>
  head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart()
    .toLowerCase();
const again = 'Download the file again; sign in first where the site asks for it.';
const convert = 'Impetus runs GGUF files: look for a GGUF version of this model.';

/** What people offer as a model besides GGUF, most telling first. */
const recognised: readonly Recognised[] = [
  {
    kind: 'invalid',
    problem: 'empty',
    detail: 'It is empty.',
    hint: again,
    matches: (_, size) => size === 0,
  },
  {
    kind: 'invalid',
    problem: 'git-lfs-pointer',
    detail: 'It is a Git LFS pointer: a short text that stands for the model, not the model.',
    hint: 'Run "git lfs pull" in that folder, or download the file from its web page.',
    matches: (head) => text(head).startsWith('version https://git-lfs'),
  },
  {
    kind: 'invalid',
    problem: 'html-page',
    detail: 'It is a web page that was saved in place of the model.',
    hint: again,
    matches: (head) => /^<(!doctype html|html|head|\?xml)/.test(text(head)),
  },
  {
    kind: 'invalid',
    problem: 'json',
    detail: 'It is a JSON text, probably the error answer of a download.',
    hint: again,
    matches: (head) => /^[{[]\s*["{[\]}]/.test(text(head)),
  },
  {
    kind: 'invalid',
    problem: 'zeros',
    detail: 'It begins with zeros only: the download reserved the space and never filled it.',
    hint: again,
    matches: (head) => head.length >= 8 && head.subarray(0, 64).every((byte) => byte === 0),
  },
  {
    kind: 'unsupported',
    problem: 'old-ggml',
    detail: 'It has an obsolete format from before GGUF.',
    hint: 'Look for a GGUF version of this model, or convert it again from the original weights.',
    matches: (head) => ['lmgg', 'fmgg', 'tjgg', 'algg'].includes(head.toString('latin1', 0, 4)),
  },
  {
    kind: 'unsupported',
    problem: 'pytorch',
    detail: 'It is a PyTorch or zip archive.',
    hint: convert,
    matches: (head) => startsWith(head, 0x50, 0x4b, 0x03, 0x04) || startsWith(head, 0x50, 0x4b, 0x05, 0x06),
  },
  {
    kind: 'unsupported',
    problem: 'pickle',
    detail: 'It is a Python pickle, which can hold programs; Impetus never opens those.',
    hint: convert,
    matches: (head) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5,
  },
  {
    kind: 'unsupported',
    problem: 'hdf5',
    detail: 'It is a Keras or HDF5 file.',
    hint: convert,
    matches: (head) => startsWith(head, 0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a),
  },
  {
    kind: 'unsupported',
    problem: 'tflite',
    detail: 'It is a TensorFlow Lite model.',
    hint: convert,
    matches: (head) => head.toString('latin1', 4, 8) === 'TFL3',
  },
  {
    kind: 'unsupported',
    problem: 'ort',
    detail: 'It is a model in the ONNX Runtime format.',
    hint: convert,
    matches: (head) => head.toString('latin1', 4, 8) === 'ORTM',
  },
  {
    kind: 'unsupported',
    problem: 'program',
    detail: 'It is a program, not a model; it was not run.',
    hint: 'Delete it unless you know where it comes from.',
    matches: (head) =>
      startsWith(head, 0x4d, 0x5a) ||
      startsWith(head, 0x7f, 0x45, 0x4c, 0x46) ||
      startsWith(head, 0x23, 0x21) ||
      [0xfeedface, 0xfeedfacf, 0xcafebabe, 0xcefaedfe, 0xcffaedfe].includes(head.length >= 4 ? head.readUInt32BE() : 0),
  },
  {
    kind: 'unsupported',
    problem: 'compressed',
    detail: 'It is a compressed archive.',
    hint: 'Unpack it first, then import the GGUF file inside.',
    matches: (head) =>
      startsWith(head, 0x1f, 0x8b) ||
      startsWith(head, 0x28, 0xb5, 0x2f, 0xfd) ||
      startsWith(head, 0xfd, 0x37, 0x7a, 0x58) ||
      startsWith(head, 0x37, 0x7a, 0xbc, 0xaf) ||
      startsWith(head, 0x52, 0x61, 0x72, 0x21),
  },
  {
    kind: 'unsupported',
    problem: 'safetensors',
    detail: 'It is a safetensors file.',
    hint: convert,
    matches: (head, size) =>
      head.length > 8 && head[8] === 0x7b && head.readBigUInt64LE() >= 2n && head.readBigUInt64LE() < BigInt(size),
  },
  {
    kind: 'unsupported',
    problem: 'onnx',
    detail: 'It looks like an ONNX or Core ML model.',
    hint: convert,
    matches: (head) => head[0] === 0x08 && (head[1] ?? 0) <= 13 && [0x12, 0x1a, 0x3a, 0x42].includes(head[2] ?? 0),
  },
];

/**
 * The format of a model file by its content; the name does not count. What is no model Impetus can run is refused with
 * what it really is and the next step. Errors: `model-file-missing`, `model-file-invalid`, `model-format-unsupported`.
 */
export async function detectFormat(file: string): Promise<ModelFormat> {
  return withModelFile(file, detectInSource);
}

/** The same for a file that is open already. */
export async function detectInSource(source: ByteSource): Promise<ModelFormat> {
  const buffer = Buffer.alloc(Math.min(headBytes, source.size));
  const head = buffer.subarray(0, await source.read(buffer, 0));
  if (head.toString('latin1', 0, 4) === 'GGUF') return 'gguf';
  const { file, size } = source;
  const found = recognised.find(({ matches }) => matches(head, size));
  if (found) throw toError(found, file);
  throw unsupportedModelFile({
    file,
    problem: 'unknown',
    detail: 'Its content is of no format that Impetus knows.',
    hint: 'Choose a file in the GGUF format; these begin with the letters GGUF.',
  });
}

function toError({ kind, problem, detail, hint }: Recognised, file: string): Error {
  const found = { file, problem, detail, ...(hint === undefined ? {} : { hint }) };
  return kind === 'invalid' ? invalidModelFile(found) : unsupportedModelFile(found);
}
