import { z } from 'zod';
import { normalizerRuleSchema } from './prompt-normalizer.ts';

export const settingsVersion = 1;

/** Every setting the user can change, each with its rule; the defaults stand below. */
const leaves = {
  /** Port asked for; when busy and not named explicitly, the next free one up to 11544 is taken. */
  port: z.int().min(1).max(65535),
  host: z.string().min(1),
  /**
   * The ports of Ollama (11434) and LM Studio (1234), whose clients know no others: `auto` serves them when they are free
   * and the other server is not installed, `always` whenever they are free.
   */
  compatiblePorts: z.enum(['auto', 'always', 'never']),
  /** Wire id of the model used when a request names none; null means none chosen. */
  defaultModel: z.string().nullable(),
  /** True: an unknown model id is answered by the default model. Off: 404 with the nearest names. */
  fallbackToDefaultModel: z.boolean(),
  /** Origins of web pages that may call the API, for example `https://app.example`. */
  allowedOrigins: z.array(z.string()),
  /** Host names beside loopback that requests may carry. */
  allowedHosts: z.array(z.string()),
  /** Minutes a model stays loaded without requests; -1 keeps it for ever. */
  idleUnloadMinutes: z.number().min(-1),
  /** Null: chosen from the machine. */
  threads: z.int().min(1).max(512).nullable(),
  slots: z.int().min(1).max(64).nullable(),
  contextSize: z.int().min(16).nullable(),
  enginePlacement: z.enum(['auto', 'main', 'child']),
  gpu: z.enum(['auto', 'off', 'metal', 'cuda', 'vulkan']),
  /** Keep the state of conversations on disk, so that they go on warm after a restart. Such files hold prompts. */
  keepStateOnDisk: z.boolean(),
  /** Most disk space for it, in GB; null: 8 or a tenth of the free space, the smaller one. */
  stateOnDiskGigabytes: z.number().min(0).max(100_000).nullable(),
  /** Test a loaded model once while nobody asks for anything, and tell what it can do. */
  testModelsWhenIdle: z.boolean(),
  /** Longest time of such a test, in seconds. */
  modelTestSeconds: z.int().min(5).max(3600),
  /** What clients' system messages are written alike in, so that prompts begin as they did before. */
  promptNormalizers: z.array(normalizerRuleSchema).max(1000),
  /** Folders searched for models, beside `models/` of the home folder. */
  modelFolders: z.array(z.string()),
  logLevel: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
  theme: z.enum(['system', 'light', 'dark']),
  /** Refuse requests that carry fields Impetus would ignore. */
  strict: z.boolean(),
  /** Allow management of models and settings on loopback without a key. */
  allowKeylessManagement: z.boolean(),
};

export const settingsSchema = z.strictObject({ version: z.literal(settingsVersion), ...leaves });
export type Settings = z.infer<typeof settingsSchema>;

/** Any of the settings; the version is not the user's. */
export const settingsPatchSchema = z.strictObject(leaves).partial();
export type SettingsPatch = z.infer<typeof settingsPatchSchema>;

export const defaultSettings: Settings = {
  version: settingsVersion,
  port: 11535,
  host: '127.0.0.1',
  compatiblePorts: 'auto',
  defaultModel: null,
  fallbackToDefaultModel: false,
  allowedOrigins: [],
  allowedHosts: [],
  idleUnloadMinutes: 30,
  threads: null,
  slots: null,
  contextSize: null,
  enginePlacement: 'auto',
  gpu: 'auto',
  keepStateOnDisk: true,
  stateOnDiskGigabytes: null,
  testModelsWhenIdle: true,
  modelTestSeconds: 60,
  promptNormalizers: [],
  modelFolders: [],
  logLevel: 'info',
  theme: 'system',
  strict: false,
  allowKeylessManagement: false,
};

/**
 * Whatever can be kept of `raw`: each setting that does not fit falls back to its default by itself, so one bad value
 * never costs the others. `lost` names the keys that were replaced or unknown.
 */
export function salvageSettings(raw: unknown): { settings: Settings; lost: string[] } {
  const source = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>) : {};
  const lost = Object.keys(source).filter((key) => key !== 'version' && !Object.hasOwn(leaves, key));
  const kept: Partial<Settings> = {};
  for (const key of Object.keys(leaves) as (keyof typeof leaves)[]) {
    if (source[key] === undefined) continue;
    const leaf = settingsPatchSchema.safeParse({ [key]: source[key] });
    if (leaf.success) Object.assign(kept, leaf.data);
    else lost.push(key);
  }
  return { settings: { ...defaultSettings, ...kept }, lost };
}
