import type { CacheUse } from '#shared/domain/cache-report.ts';
import type { GenerationEvent } from '#shared/domain/generation.ts';
import { proposeNormalizers } from '../prompt-normalizers/propose-normalizers.ts';

type Finish = Extract<GenerationEvent, { type: 'finish' }>;

export interface ObservedAnswer {
  /** The client's own name; empty where it gives none. */
  client: string;
  model: string;
  finish: Finish;
}

const keptBreaks = 20;
/** Clients and models that are remembered; the one not seen for longest goes first. */
const keptUses = 200;

/**
 * Remembers what each client's prompts reused and what broke them, so that people can see why a request was slow and
 * what to change. In memory only: it holds pieces of prompts.
 */
export class CacheDoctor {
  readonly #uses = new Map<string, CacheUse>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  observe({ client, model, finish }: ObservedAnswer): void {
    const { usage, reuse } = finish;
    const use = this.#take(client, model);
    use.requests++;
    use.promptTokens += usage.promptTokens;
    use.reusedTokens += usage.cachedTokens;
    use.restoredTokens += reuse?.restoredTokens ?? 0;
    if (!reuse?.break) return;
    const costMs = toCost(finish, reuse.break.lostTokens);
    use.lostTokens += reuse.break.lostTokens;
    use.lostMs += costMs;
    const at = this.#now().toISOString();
    const proposed = proposeNormalizers(reuse.break);
    use.breaks = [{ ...reuse.break, at, costMs, proposed }, ...use.breaks].slice(0, keptBreaks);
  }

  /** The most costly first. */
  uses(): CacheUse[] {
    return [...this.#uses.values()].sort((a, b) => b.lostMs - a.lostMs || b.promptTokens - a.promptTokens);
  }

  clear(): void {
    this.#uses.clear();
  }

  #take(client: string, model: string): CacheUse {
    const key = JSON.stringify([client, model]);
    const known = this.#uses.get(key);
    const use = known ?? createUse(client, model);
    this.#uses.delete(key);
    this.#uses.set(key, use);
    const [oldest] = this.#uses.keys();
    if (this.#uses.size > keptUses && oldest !== undefined) this.#uses.delete(oldest);
    return use;
  }
}

/** At the speed at which the rest of this prompt was read. */
function toCost({ usage, timings }: Finish, lostTokens: number): number {
  const readTokens = usage.promptTokens - usage.cachedTokens;
  return readTokens > 0 ? (timings.prefillMs * Math.min(lostTokens, readTokens)) / readTokens : 0;
}

function createUse(client: string, model: string): CacheUse {
  const none = { requests: 0, promptTokens: 0, reusedTokens: 0, restoredTokens: 0, lostTokens: 0, lostMs: 0 };
  return { client, model, ...none, breaks: [], normalizers: [] };
}
