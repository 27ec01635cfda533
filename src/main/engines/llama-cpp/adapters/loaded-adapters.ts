import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { AppError } from '#shared/errors/app-error.ts';
import type { GenerationTask, ResolvedLoadOptions } from '../../../engine-port/index.ts';
import { inBackground, type LlamaApi } from '../native/llama-api.ts';
import { isNull } from '../native/native-context.ts';
import type { NativePointer } from '../native/struct-layouts.ts';
import { noAdapters, type AdapterSet } from './adapter-set.ts';

type AdapterChoice = NonNullable<ResolvedLoadOptions['adapters']>[number];

interface LoadedAdapter extends AdapterChoice {
  address: NativePointer;
  /** Tells the file from another one in its place. */
  identity: string;
}

/** The LoRA adapters of one loaded model. They are freed with it. */
export class LoadedAdapters {
  readonly #adapters: readonly LoadedAdapter[];

  private constructor(adapters: readonly LoadedAdapter[]) {
    this.#adapters = adapters;
  }

  /** Errors: `model-load-failed` naming the file that the library refuses. */
  static async load(
    { api, model }: { api: LlamaApi; model: NativePointer },
    choices: readonly AdapterChoice[] = [],
  ): Promise<LoadedAdapters> {
    const adapters: LoadedAdapter[] = [];
    for (const choice of choices) {
      const address = await inBackground(api.loadAdapter, model, choice.path);
      if (isNull(address)) throw createRefusal(choice.path);
      adapters.push({ ...choice, address, identity: await identify(choice.path) });
    }
    return new LoadedAdapters(adapters);
  }

  /** What acts on requests that say nothing. */
  get usual(): AdapterSet {
    return this.#toSet(this.#adapters.map(({ scale }) => scale));
  }

  /** What a request asks for: adapters it does not name do not act. Errors: `invalid-request` for one there is not. */
  choose(wanted: GenerationTask['adapters']): AdapterSet {
    if (!wanted) return this.usual;
    const scales = this.#adapters.map(() => 0);
    for (const { id, scale } of wanted) {
      if (id >= scales.length) throw createUnknown(id, scales.length);
      scales[id] = scale;
    }
    return this.#toSet(scales);
  }

  #toSet(scales: readonly number[]): AdapterSet {
    const acting = this.#adapters
      .map(({ address, identity }, id) => ({ address, identity, scale: Math.fround(scales[id] ?? 0) }))
      .filter(({ scale }) => scale !== 0);
    if (acting.length === 0) return noAdapters;
    const text = JSON.stringify(acting.map(({ identity, scale }) => [identity, scale]));
    const key = `lora-${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    return { key, entries: acting.map(({ address, scale }) => ({ address, scale })) };
  }
}

async function identify(file: string): Promise<string> {
  const { size, mtimeMs } = await stat(file);
  return `${file}:${size}:${mtimeMs}`;
}

function createRefusal(file: string): AppError {
  return new AppError('model-load-failed', `The library refused the adapter ${file}.`, {
    hint: 'Choose a LoRA adapter in GGUF that was made for this very model, or take it out of the load options.',
    data: { path: file },
  });
}

function createUnknown(id: number, count: number): AppError {
  const there = count === 0 ? 'none is loaded' : `they are numbered from 0 to ${count - 1}`;
  return new AppError('invalid-request', `There is no adapter ${id}: ${there}.`, {
    hint: 'Name adapters in the load options of the model ("adapters": [{"path": …}]).',
    data: { param: 'lora', id },
  });
}
