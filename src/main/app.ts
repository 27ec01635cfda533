import type { ControlEndpoint } from '#shared/control/transports/control-transport.ts';
import type { EnginePlacement, ModelSummary } from '#shared/domain/model.ts';
import { toAppError } from '#shared/errors/app-error.ts';
import { createControlHandlers, createControlRouter } from './api/index.ts';
import type { AppFiles } from './app-files.ts';
import { openAppLog } from './app-log.ts';
import { buildRooms } from './app-rooms.ts';
import { openWebServer, type Address } from './app-web-server.ts';
import { rm } from 'node:fs/promises';
import { createHomeFolders, lockHome, type HomePaths, type WorkerHost } from './base/index.ts';
import { watchDefaultModel } from './default-model.ts';
import type { Engine } from './engine-port/index.ts';
import type { Inference } from './inference/index.ts';
import { openRunSettings, type RunOptions } from './run-options.ts';
import { openDatabase } from './storage/index.ts';

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
  /** Serves HTTP and tells others where. Errors: `port-in-use`, `not-available`. */
  listen(): Promise<Address>;
  /** Loads the default model; undefined when there is none. Errors: those of a load. */
  loadDefaultModel(signal: AbortSignal): Promise<ModelSummary | undefined>;
  /** Stops accepting, drains up to five seconds, ends the children, closes the files. Idempotent. */
  stop(): Promise<void>;
}

/**
 * The composition root: opens what outlives a run, builds the rooms from the lowest floor up, and puts the ways in on
 * top. Errors: `already-running` when another process owns the home folder; those of damaged or unreadable files.
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { paths, run, servesHttp, files } = options;
  await createHomeFolders(paths);
  const lock = servesHttp ? await lockHome(paths) : undefined;
  const log = openAppLog({ folder: paths.logs, level: run.logLevel ?? 'info' });
  const { logger } = log;
  const settings = await openRunSettings({ file: paths.settings, logger, run });
  const database = openDatabase({ file: paths.database, logger });
  const rooms = await buildRooms({ ...options, settings, logger, database });
  const { library, scheduler, inference, serverControl } = rooms;
  const stopWatching = await watchDefaultModel({ library, settings, run, files });

  const web = servesHttp ? await openWebServer({ paths, files, run, rooms, settings, logger }) : undefined;
  const handlers = createControlHandlers({
    ...{ library, scheduler, inference, settings, serverControl, logFeed: log.feed },
    ...(web ? { browserAccess: web.access } : {}),
  });
  const control = createControlRouter({ handlers, logger });
  logger.info({ room: 'app', version: files.version, home: paths.home }, 'started');

  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    logger.info({ room: 'app' }, 'stopping');
    inference.stop();
    stopWatching();
    await web?.close();
    if (web) await rm(paths.controlToken, { force: true });
    await scheduler.stop();
    await library.close();
    database.close();
    logger.info({ room: 'app' }, 'stopped');
    await log.close();
    await lock?.release();
  };
  return {
    control,
    inference,
    async listen() {
      if (!web || !lock) throw new Error('This app was created without HTTP.');
      const address = await web.listen(control);
      serverControl.setAddress(address.port);
      const { version, startedAt } = serverControl.state();
      await lock.publish({ pid: process.pid, port: address.port, version, startedAt });
      return address;
    },
    async loadDefaultModel(signal) {
      const { defaultModel } = settings.get();
      try {
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
    },
    stop: () => (stopping ??= stop()),
  };
}
