import type { ServerFields } from './cases.ts';

/** What llama-server answered; written by scripts/record-sampler-fixtures.ts. */
export interface SamplerFixture {
  recordedWith: string;
  modelSha256: string;
  seed: number;
  prompt: number[];
  cases: { name: string; fields: ServerFields; positions: string }[];
  /** Log probabilities before any stage. */
  logprobs: { token: number; logprob: number; top: [token: number, logprob: number][] }[];
}

/** One position after the whole chain. */
export interface RecordedPosition {
  token: number;
  /** How many candidates are at least `leastProbability` probable, and a checksum of their ids. */
  count: number;
  checksum: number;
  /** The most probable ones; probabilities in steps of 1/65,535. */
  top: TokenProbability[];
}

interface TokenProbability {
  token: number;
  probability: number;
}

/** Single precision rounds smaller ones differently. */
const leastProbability = 1e-6;
const topCount = 5;
const positionBytes = 8 + 4 * topCount;
const scale = 0xffff;

/** The part of a list of candidates that is recorded. */
export function summarise(token: number, candidates: readonly TokenProbability[]): RecordedPosition {
  const probable = candidates.filter(({ probability }) => probability >= leastProbability);
  return { token, count: probable.length, checksum: checksum(probable), top: probable.slice(0, topCount) };
}

/** FNV-1a over the ids in ascending order. */
function checksum(candidates: readonly TokenProbability[]): number {
  const ids = candidates.map(({ token }) => token).sort((left, right) => left - right);
  return ids.reduce((hash, id) => Math.imul(hash ^ id, 0x0100_0193), 0x811c_9dc5) >>> 0;
}

/** Twenty-eight bytes a position, as base64. */
export function encodePositions(positions: readonly RecordedPosition[]): string {
  const view = new DataView(new ArrayBuffer(positions.length * positionBytes));
  for (const [index, { token, count, checksum, top }] of positions.entries()) {
    const start = index * positionBytes;
    view.setUint16(start, token);
    view.setUint16(start + 2, count);
    view.setUint32(start + 4, checksum);
    for (const [place, candidate] of top.entries()) {
      view.setUint16(start + 8 + place * 4, candidate.token);
      view.setUint16(start + 10 + place * 4, Math.round(candidate.probability * scale));
    }
  }
  return Buffer.from(view.buffer).toString('base64');
}

export function decodePositions(text: string): RecordedPosition[] {
  const bytes = Buffer.from(text, 'base64');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / positionBytes }, (_, index) => {
    const start = index * positionBytes;
    const count = view.getUint16(start + 2);
    return {
      token: view.getUint16(start),
      count,
      checksum: view.getUint32(start + 4),
      top: Array.from({ length: Math.min(count, topCount) }, (_unused, place) => ({
        token: view.getUint16(start + 8 + place * 4),
        probability: view.getUint16(start + 10 + place * 4) / scale,
      })),
    };
  });
}
