import type { LoadOptions, ModelRecord } from '#shared/domain/model.ts';
import type { Settings } from '#shared/domain/settings.ts';
import type { ResolvedLoadOptions } from '../engine-port/index.ts';
import { estimateGgufMemory } from '../formats/index.ts';

export interface PlanInput {
  model: ModelRecord;
  loadOptions: LoadOptions;
  /** Tokens a sequence should hold at least, if the memory allows it. Default 0. */
  minimumContextSize?: number;
  settings: Pick<Settings, 'contextSize' | 'slots' | 'threads' | 'gpu' | 'keepStateOnDisk' | 'stateOnDiskGigabytes'>;
  /** What requests to this model needed of late. Absent: nobody knows yet. */
  observedNeed?: ContextNeed | undefined;
  /** Folder for key/value state of earlier conversations. Absent: none is kept. */
  stateFolder?: string | undefined;
  physicalCores: number;
  freeBytes: number;
}

/** What of a context is in use when a model serves as it usually does. */
export interface ContextNeed {
  /** Tokens of a usual conversation. */
  contextSize: number;
  /** Conversations at a time. */
  sequences: number;
}

/**
 * `fits`: as wanted. `shrunk`: only with a smaller context than wanted; worth evicting an idle model first.
 * `too-large`: not even the smallest choice fits; `options` and `needBytes` are of that smallest choice.
 */
export interface LoadPlan {
  verdict: 'fits' | 'shrunk' | 'too-large';
  options: ResolvedLoadOptions;
  needBytes: number;
}

/** A context that nobody chose should be able to grow to this, in tokens, where the model was trained for as much. */
const largestAutomaticContext = 32_768;
/** Where the file does not say what it was trained for. */
const unknownTrainedContext = 4096;
/** A context that nobody chose begins with this, unless more was needed of late, and is never smaller. */
const smallestAutomaticContext = 2048;
/** It begins with no more than this: longer conversations get a context of their own. */
const largestStart = 8192;
/** The library rounds up to so many tokens. */
const contextStep = 256;
const mostAutomaticSlots = 4;
/** Part of the free memory that a load may take. */
const usablePart = 0.9;
/** Part of the free memory within which slots are added. */
const slotPart = 0.5;

const batchSize = 512;

/** State of earlier conversations in memory: part of what is free after the load, within bounds. */
const statePart = 0.1;
const mostStateBytes = 1024 ** 3;

/**
 * Every choice of a load: the request's options, else the settings. A context that somebody chose is taken whole; one that
 * nobody chose begins small and grows with what requests need, up to what the model was trained for and the memory holds.
 */
export function planLoad(input: PlanInput): LoadPlan {
  const chosenContext = input.loadOptions.contextSize ?? input.settings.contextSize;
  return chosenContext === null ? planGrowing(input) : planWhole(input, chosenContext);
}

function planGrowing(input: PlanInput): LoadPlan {
  const { model, loadOptions, settings, freeBytes, observedNeed } = input;
  const wanted = wantedContext(input);
  const most = Math.max(wanted, model.facts.trainedContext ?? 0);
  const smallest = Math.min(wanted, smallestAutomaticContext);
  const reachable = largestContext(model, { most, usableBytes: freeBytes * usablePart });
  const contextSize = Math.max(smallest, Math.min(most, reachable));
  const usual = Math.min(largestStart, observedNeed?.contextSize ?? 0);
  const startContext = Math.min(contextSize, Math.max(smallest, usual));
  const slots = loadOptions.slots ?? settings.slots ?? automaticSlots(input, startContext);
  const start = { contextSize: startContext, sequences: Math.min(slots, observedNeed?.sequences ?? 1) };
  const needBytes = memoryNeed(model, start.contextSize, start.sequences);
  const options = { ...describe(input, contextSize, slots).options, start };
  const isTooLarge = needBytes > freeBytes * usablePart;
  if (isTooLarge && observedNeed) return planGrowing({ ...input, observedNeed: undefined });
  return { verdict: isTooLarge ? 'too-large' : reachable < wanted ? 'shrunk' : 'fits', options, needBytes };
}

/** Tokens of the longest lone sequence that fits into so much memory beside the weights. */
function largestContext(model: ModelRecord, { most, usableBytes }: { most: number; usableBytes: number }): number {
  let fits = 0;
  let tooMuch = Math.ceil(most / contextStep) + 1;
  while (tooMuch - fits > 1) {
    const middle = Math.floor((fits + tooMuch) / 2);
    if (memoryNeed(model, middle * contextStep, 1) <= usableBytes) fits = middle;
    else tooMuch = middle;
  }
  return fits * contextStep;
}

function planWhole(input: PlanInput, chosenContext: number): LoadPlan {
  const { loadOptions, settings, freeBytes } = input;
  const chosenSlots = loadOptions.slots ?? settings.slots;
  const wanted = wantedContext(input);
  const smallest = chosenContext;

  const preferred = describe(input, wanted, chosenSlots ?? automaticSlots(input, wanted));
  if (preferred.needBytes <= freeBytes * usablePart) return { verdict: 'fits', ...preferred };
  for (let contextSize = Math.floor(wanted / 2); contextSize >= smallest; contextSize = Math.floor(contextSize / 2)) {
    const shrunk = describe(input, contextSize, chosenSlots ?? 1);
    if (shrunk.needBytes <= freeBytes * usablePart) return { verdict: 'shrunk', ...shrunk };
  }
  const least = describe(input, smallest, chosenSlots ?? 1);
  return { verdict: least.needBytes <= freeBytes * usablePart ? 'shrunk' : 'too-large', ...least };
}

/** Bytes that a load takes: weights, key/value cache of all slots, buffers. */
function memoryNeed({ facts, sizeBytes }: ModelRecord, contextSize: number, slots: number): number {
  return estimateGgufMemory({ facts, sizeBytes, contextSize, slots, batchSize }).totalBytes;
}

function wantedContext({ model, loadOptions, settings, minimumContextSize = 0 }: PlanInput): number {
  return Math.max(loadOptions.contextSize ?? settings.contextSize ?? automaticContext(model), minimumContextSize);
}

function automaticContext({ facts }: ModelRecord): number {
  return Math.max(16, Math.min(facts.trainedContext ?? unknownTrainedContext, largestAutomaticContext));
}

function automaticSlots({ model, freeBytes }: PlanInput, contextSize: number): number {
  let slots = 1;
  while (slots < mostAutomaticSlots && memoryNeed(model, contextSize, slots + 1) <= freeBytes * slotPart) {
    slots++;
  }
  return slots;
}

function describe(input: PlanInput, contextSize: number, slots: number): Omit<LoadPlan, 'verdict'> {
  const { model, loadOptions, settings, physicalCores } = input;
  const chosenThreads = loadOptions.threads ?? settings.threads;
  return {
    needBytes: memoryNeed(model, contextSize, slots),
    options: {
      contextSize,
      slots,
      threads: chosenThreads ?? Math.max(1, physicalCores),
      adaptsThreads: chosenThreads === null,
      gpu: settings.gpu,
      gpuLayers: settings.gpu === 'off' ? 0 : (loadOptions.gpuLayers ?? 'auto'),
      batchSize,
      ...toAdapters(loadOptions),
      ...(loadOptions.speculation ? { speculation: true } : {}),
      ...toStateCache(input),
    },
  };
}

function toStateCache({ settings, stateFolder, freeBytes }: PlanInput): Pick<ResolvedLoadOptions, 'stateCache'> {
  if (stateFolder === undefined) return {};
  const { keepStateOnDisk, stateOnDiskGigabytes } = settings;
  const budgetBytes = stateOnDiskGigabytes === null ? null : Math.round(stateOnDiskGigabytes * 1e9);
  return {
    stateCache: {
      memoryBytes: Math.max(0, Math.round(Math.min(mostStateBytes, freeBytes * statePart))),
      disk: keepStateOnDisk ? { folder: stateFolder, budgetBytes } : null,
    },
  };
}

function toAdapters({ adapters = [] }: LoadOptions): Pick<ResolvedLoadOptions, 'adapters'> {
  if (adapters.length === 0) return {};
  return { adapters: adapters.map(({ path, scale = 1 }) => ({ path, scale })) };
}
