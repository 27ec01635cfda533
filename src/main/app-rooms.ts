import type { EnginePlacement, ModelState } from '#shared/domain/model.ts';
import { passportSuite, type Passport } from '#shared/domain/passport.ts';
import type { AppFiles } from './app-files.ts';
import type { HomePaths, Logger, WorkerHost } from './base/index.ts';
import type { Engine } from './engine-port/index.ts';
import { createChildHost, createLlamaEngine, createMainHost, readLibraryBuild } from './engines/index.ts';
import { createMetricsRegistry, type MetricsRegistry } from './gateway/index.ts';
import { hasGpu, readMachine, readMemory, readPeakMemory, type Machine } from './hardware/index.ts';
import { createInference, type Inference } from './inference/index.ts';
import { openLibrary, type Library } from './library/index.ts';
import { createPassportOffice, PassportShelf, type PassportOffice } from './passport/index.ts';
import type { RunSettings } from './run-options.ts';
import { createScheduler, type Scheduler } from './scheduler/index.ts';
import { ServerControl } from './server-control.ts';
import type { Database } from './storage/index.ts';

export interface RoomsOptions {
  paths: HomePaths;
  files: AppFiles;
  workerHost: WorkerHost;
  engines?: Partial<Record<EnginePlacement, Engine>>;
  onShutdown: () => void;
  settings: RunSettings;
  logger: Logger;
  database: Database;
}

/** The rooms below the ways in, joined. */
export interface Rooms {
  library: Library;
  scheduler: Scheduler;
  inference: Inference;
  metrics: MetricsRegistry;
  /** What is known of models by measurement. */
  shelf: PassportShelf;
  passports: PassportOffice;
  serverControl: ServerControl;
}

/** Builds the rooms from the lowest floor up; siblings meet here through their ports. */
export async function buildRooms(options: RoomsOptions): Promise<Rooms> {
  const { paths, files, settings, logger, database, onShutdown } = options;
  const machine = await readMachine();
  // The library asks the scheduler what is in use, the scheduler tells the library what it thinks of a file.
  const late: { scheduler?: Scheduler } = {};
  const library = await openLibrary({
    ...{ paths, database, settings, logger },
    inUse: { isInUse: (id) => isInMemory(late.scheduler?.states().get(id)) },
  });
  const scheduler = createScheduler({
    engines: options.engines ?? createEngines(options),
    settings: () => settings.get(),
    fileTrust: library,
    machine: {
      physicalCores: machine.physicalCores,
      hasGpu: hasGpu(),
      readMemory,
      isMemoryExact: process.platform === 'linux',
    },
    stateFolder: paths.kvCache,
    contextNeedsFile: paths.contextNeeds,
    logger,
  });
  late.scheduler = scheduler;
  const metrics = createMetricsRegistry();
  const shelf = new PassportShelf({ database, engine: `${readLibraryBuild()}, suite ${passportSuite}` });
  const inference = createInference({
    ...{ library, scheduler, metrics, settings, logger },
    passportOf: (record) => shelf.summaryOf(record),
  });
  const passports = createPassportOffice({
    ...{ library, scheduler, shelf, settings, logger, readPeakMemory },
    isServing: () => inference.activity().phase === 'open',
    machine: describeMachine(machine),
  });
  const serverControl = new ServerControl({
    facts: { version: files.version, home: paths.home, startedAt: new Date().toISOString() },
    ...{ inference, scheduler, readMemory, onShutdown },
  });
  return { library, scheduler, inference, metrics, shelf, passports, serverControl };
}

function describeMachine({ physicalCores, totalMemoryBytes }: Machine): Passport['machine'] {
  const { platform, arch } = process;
  return { platform, architecture: arch, physicalCores, memoryBytes: totalMemoryBytes };
}

/** A child that stands ready takes 92 MB (PSS); it is started when the first requests after a load have been answered. */
const spareDelayMs = 5000;
const spareMemoryBytes = 1e9;

/** GGUF in the two places it can run: this process, or a child of it. */
function createEngines({ workerHost, files, logger }: RoomsOptions): Record<EnginePlacement, Engine> {
  return {
    main: createMainHost({
      engine: createLlamaEngine({ placement: 'main', logger, templateEntry: files.templateEntry }),
    }),
    child: createChildHost({
      ...{ workerHost, entry: files.engineEntry, engineName: 'llama-cpp' },
      spare: { delayMs: spareDelayMs, mayStart: () => readMemory().availableBytes > spareMemoryBytes },
    }),
  };
}

function isInMemory(state: ModelState | undefined): boolean {
  return state !== undefined && state.state !== 'unloaded' && state.state !== 'failed';
}
