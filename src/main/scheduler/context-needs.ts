import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { Mutex, writeFileAtomic, type Logger } from '../base/index.ts';
import type { InstanceStats } from '../engine-port/index.ts';
import type { ContextNeed } from './plan-load.ts';

const needSchema = z.strictObject({ contextSize: z.int().min(1), sequences: z.int().min(1) });
const fileSchema = z.record(z.string(), needSchema);

export interface ContextNeedsOptions {
  /** Where they are remembered. Absent: in this process only. */
  file: string | undefined;
  logger: Pick<Logger, 'warn'>;
}

/** What requests to each model needed of late, so that its next load begins with the right context. Models by wire id. */
export class ContextNeeds {
  readonly #options: ContextNeedsOptions;
  readonly #mutex = new Mutex();
  #needs: Record<string, ContextNeed> | undefined;

  constructor(options: ContextNeedsOptions) {
    this.#options = options;
  }

  /** Undefined where nobody has used the model yet, or the file cannot be read: it is only a hint. */
  async of(modelId: string): Promise<ContextNeed | undefined> {
    this.#needs ??= await this.#read();
    return Object.hasOwn(this.#needs, modelId) ? this.#needs[modelId] : undefined;
  }

  /** Keeps what an engine has seen. Never rejects. */
  async note(modelId: string, { context }: InstanceStats): Promise<void> {
    if (!context || context.usualTokens === 0) return;
    const need = { contextSize: context.usualTokens, sequences: Math.max(1, context.usualSequences) };
    await this.#mutex.run(async () => {
      this.#needs = { ...(this.#needs ?? (await this.#read())), [modelId]: need };
      await this.#write(this.#needs);
    });
  }

  async #read(): Promise<Record<string, ContextNeed>> {
    const { file } = this.#options;
    if (file === undefined) return {};
    const text = await readFile(file, 'utf8').catch(() => '{}');
    try {
      return fileSchema.parse(JSON.parse(text));
    } catch {
      return {};
    }
  }

  async #write(needs: Record<string, ContextNeed>): Promise<void> {
    const { file, logger } = this.#options;
    if (file === undefined) return;
    try {
      await writeFileAtomic(file, `${JSON.stringify(needs, null, 2)}\n`);
    } catch (err) {
      logger.warn({ room: 'scheduler', file, err }, 'What models need could not be stored.');
    }
  }
}
