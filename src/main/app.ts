import { isDeepStrictEqual } from 'node:util';
import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import type { EnginePlacement, ModelSummary } from '#shared/domain/model.ts';
import { toAppError } from '#shared/errors/app-error.ts';
import { createControlHandlers, createControlRouter, type CacheControl, type PassportControl } from './api/index.ts';
import type { AppFiles } from './app-files.ts';
import { openAppLog } from './app-log.ts';
import { buildRooms, type Rooms } from './app-rooms.ts';
import { openWebServer, type Address } from './app-web-server.ts';
import { createHomeFolders, lockHome, type HomePaths, type Logger, type WorkerHost } from './base/index.ts';
import { watchDefaultModel } from './default-model.ts';
import type { Engine } from './engine-port/index.ts';
import type { Inference } from './inference/index.ts';
import { openRunSettings, type RunOptions, type RunSettings } from './run-options.ts';
import {
  openDatabase,
  openResponseStore,
  openStateFolder,
  type ResponseStore,
  type StateFolder,
} from './storage/index.ts';

export interface AppOptions {
  files: AppFiles;
  paths: HomePaths;
  run: RunOptions;
  /** How child processes are started; the shell knows best. */
  workerHost: WorkerHost;
  /** True takes the home folder for this process and serves HTTP after `listen`; false works without either. */
  servesHttp: boolean;
  /** Instead of the llama.cpp engine in its two hosts. */
  engines?: Partial<Record<EnginePlacement, Engine>>;
  /** Begins the end of the process: somebody asked for it over the control contract. */
  onShutdown: () => void;
}

/** The whole product without its shell. */
export interface App {
  /** Behind every transport of the control contract. */
  control: ControlEndpoint;
  inference: Inference;
  logger: Logger;
  /** Serves HTTP and tells others where. Errors: `port-in-use`, `not-available`. */
  listen(): Promise<Address>;
  /** Loads the default model; undefined when there is none. Errors: those of a load. */
  loadDefaultModel(signal: AbortSignal): Promise<ModelSummary | undefined>;
  /** Stops accepting, drains up to five seconds, ends the children, closes the files. Idempotent. */
  stop(): Promise<void>;
}

/**
 * The composition root: opens what outlives a run, builds the rooms from the lowest floor up, and puts the ways in on
 * top. What was opened is closed again when a later step fails. Errors: `already-running` when another process owns the
 * home folder; those of damaged or unreadable files; those of a model that the run names.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const opened = new AsyncDisposableStack();
  try {
    return await openApp(options, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** Each step leaves behind how it is undone; `stop` runs that list backwards. */
async function openApp(options: AppOptions, opened: AsyncDisposableStack): Promise<App> {
  const { paths, run, servesHttp, files } = options;
  await createHomeFolders(paths);
  const lock = servesHttp ? await lockHome(paths) : undefined;
  opened.defer(() => lock?.release());
  const log = openAppLog({ folder: paths.logs, level: run.logLevel ?? 'info' });
  opened.defer(() => log.close());
  const { logger } = log;
  const settings = await openRunSettings({ file: paths.settings, logger, run });
  const database = openDatabase({ file: paths.database, logger });
  opened.defer(() => database.close());
  const rooms = await buildRooms({ ...options, settings, logger, database });
  const { library, scheduler, inference, passports, serverControl } = rooms;
  opened.defer(() => library.close());
  opened.defer(() => scheduler.stop());
  opened.defer(() => passports.stop());
  opened.defer(await watchDefaultModel({ library, settings, run, files }));

  const responses = openResponseStore({ database });
  const web = servesHttp ? await openWebServer({ paths, files, run, rooms, responses, settings, logger }) : undefined;
  opened.defer(() => web?.close());
  opened.defer(() => inference.stop());
  const handlers = createControlHandlers({
    ...{ library, scheduler, inference, settings, serverControl, logFeed: log.feed },
    cache: createCacheControl({ inference, settings, responses, folder: openStateFolder(paths.kvCache) }),
    passports: createPassportControl(rooms),
    ...(web ? { browserAccess: web.access } : {}),
  });
  const control = createControlRouter({ handlers, logger });
  logger.info({ room: 'app', version: files.version, home: paths.home }, 'started');
  let stopping: Promise<void> | undefined;
  return {
    control,
    inference,
    logger,
    async listen() {
      if (!web || !lock) throw new Error('This app was created without HTTP.');
      const address = await web.listen(control);
      serverControl.setAddress(address.port);
      const { version, startedAt } = serverControl.state();
      await lock.publish({ pid: process.pid, port: address.port, version, startedAt });
      return address;
    },
    loadDefaultModel: (signal) => loadDefaultModel(rooms, settings, signal),
    stop: () => (stopping ??= opened.disposeAsync()),
  };
}

function createPassportControl({ passports, shelf, library }: Rooms): PassportControl {
  return {
    test: (model, options) => passports.test(model, options),
    find: (id) => shelf.find(library.require(id)) ?? null,
    isCurrent: (passport) => shelf.isCurrent(passport),
    onChange: (listener) => shelf.onChange(listener),
  };
}

interface CacheHolders {
  inference: Inference;
  responses: ResponseStore;
  folder: StateFolder;
  settings: RunSettings;
}

function createCacheControl({ inference, settings, responses, folder }: CacheHolders): CacheControl {
  return {
    async normalize(rule, isOn) {
      const others = settings.get().promptNormalizers.filter((known) => !isDeepStrictEqual(known, rule));
      return (await settings.update({ promptNormalizers: isOn ? [...others, rule] : others })).promptNormalizers;
    },
    report: async () => ({ uses: inference.cacheUses(), disk: await folder.measure() }),
    async clear() {
      await inference.forgetState();
      responses.clear();
      await folder.clear();
    },
  };
}

/** What is wrong with the default model is shown as a problem of the server. */
async function loadDefaultModel(
  { library, scheduler, inference, serverControl }: Rooms,
  settings: RunSettings,
  signal: AbortSignal,
): Promise<ModelSummary | undefined> {
  try {
    const { defaultModel } = settings.get();
    if (defaultModel === null) return undefined;
    const model = library.resolve(defaultModel);
    await scheduler.load({ model, loadOptions: library.modelSettings(model.id).load ?? {}, signal });
    return inference.findModel(model.id);
  } catch (error) {
    const { message, code } = toAppError(error);
    if (code !== 'cancelled') serverControl.setProblem(message);
    throw error;
  } finally {
    serverControl.markStarted();
  }
}
