import type { ResolvedLoadOptions } from '../../engine-port/index.ts';
import type { ContextDriver } from './context-driver.ts';
import { ContextGroup } from './context-group.ts';
import { ContextGrowth } from './context-growth.ts';
import type { LoadedModel } from './load-model.ts';

export interface ContextFacts {
  options: Pick<ResolvedLoadOptions, 'contextSize' | 'slots' | 'start'>;
  /** From the file's header, or undefined where it does not tell. */
  kvBytesPerToken: number | undefined;
  /** What the library took for the first context. */
  contextBytes: number;
  /** False: a state only fits a context with as many sequences. */
  isPortable: boolean;
  /** Monotonic clock in ms. */
  now: () => number;
}

/** What the step loop drives. */
export interface OpenContexts {
  driver: ContextDriver;
  /** Undefined: everything was taken at load. */
  growth: ContextGrowth | undefined;
  /** Tokens that its sequences have room for at first. */
  allocatedTokens: number;
  dispose: () => void;
}

/** Part of the memory that is free now which one more context may take. */
const usablePart = 0.8;

/** The context of a loaded model, ready to grow where the load asks for it. */
export function openContexts({ context, createContext }: LoadedModel, facts: ContextFacts): OpenContexts {
  const { options, contextBytes, isPortable, now } = facts;
  const allocatedTokens = context.contextSize * context.sequences;
  if (!options.start) return { driver: context, growth: undefined, allocatedTokens, dispose: () => context.dispose() };
  const group = new ContextGroup(context);
  const bytesPerToken = facts.kvBytesPerToken ?? contextBytes / allocatedTokens;
  const growth = new ContextGrowth({
    group,
    create: createContext,
    limits: { contextSize: options.contextSize, sequences: options.slots },
    isPortable,
    memory: { bytesPerToken, fixedBytes: Math.max(0, contextBytes - bytesPerToken * allocatedTokens) },
    freeBytes: () => process.availableMemory() * usablePart,
    now,
  });
  return { driver: group, growth, allocatedTokens, dispose: () => group.dispose() };
}
