import { invalidModelFile } from '../format-problem.ts';
import type { GgufArray, GgufHeader, GgufValue } from './gguf-header.ts';

/**
 * Typed access to the metadata. A value that is there with the wrong type is refused (`model-file-invalid`,
 * `metadata-type`); one that is not there is undefined.
 */
export class GgufMetadata {
  readonly file: string;
  /** Network family, `general.architecture`. */
  readonly architecture: string;
  readonly #values: ReadonlyMap<string, GgufValue>;

  constructor({ file, metadata }: Pick<GgufHeader, 'file' | 'metadata'>) {
    this.file = file;
    this.#values = metadata;
    const architecture = this.getText('general.architecture');
    if (architecture === undefined || !/^[\w.-]{1,64}$/.test(architecture)) {
      throw this.refuse('architecture', 'It does not say which architecture it has (general.architecture).');
    }
    this.architecture = architecture;
  }

  /** The key of this architecture: `llama.block_count` for `block_count`. */
  keyOf(name: string): string {
    return `${this.architecture}.${name}`;
  }

  getText(key: string): string | undefined {
    const value = this.#values.get(key);
    if (value === undefined || typeof value === 'string') return value;
    throw this.#wrongType(key, 'a text');
  }

  getNumber(key: string): number | undefined {
    const value = this.#values.get(key);
    if (value === undefined || typeof value === 'number') return value;
    throw this.#wrongType(key, 'a number');
  }

  getArray(key: string): GgufArray | undefined {
    const value = this.#values.get(key);
    if (value === undefined || typeof value === 'object') return value;
    throw this.#wrongType(key, 'an array');
  }

  /** A value given once for all layers, or once for each. Undefined when it is absent; refused when one is missing. */
  getPerLayer(key: string, layerCount: number): number[] | undefined {
    const value = this.#values.get(key);
    if (value === undefined) return undefined;
    if (typeof value === 'number') return Array.from({ length: layerCount }, () => value);
    if (typeof value === 'object' && value.items && value.count >= layerCount)
      return Array.from(value.items).slice(0, layerCount);
    throw this.#wrongType(key, `a number, or ${layerCount} numbers`);
  }

  refuse(problem: string, detail: string): Error {
    return invalidModelFile({ file: this.file, problem, detail });
  }

  #wrongType(key: string, wanted: string): Error {
    return this.refuse('metadata-type', `${key} should be ${wanted}.`);
  }
}
