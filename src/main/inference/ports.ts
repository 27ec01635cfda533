import type { Library } from '../library/index.ts';
import type { Scheduler } from '../scheduler/index.ts';

/** The part of the library that answering requests needs. */
export type ModelLibrary = Pick<Library, 'list' | 'require' | 'resolve' | 'modelSettings' | 'problemOf'>;

/** What the user settled for one model. */
export type ModelSettings = ReturnType<Library['modelSettings']>;

/** The part of the scheduler that answering requests needs. */
export type ModelScheduler = Pick<Scheduler, 'acquire' | 'load' | 'unload' | 'states' | 'peek'>;
