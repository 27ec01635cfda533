import { defaultSettings, salvageSettings, settingsVersion, type Settings } from '#shared/domain/settings.ts';

export interface ReadSettings {
  settings: Settings;
  /** Names of what could not be kept; `(file)` when nothing could. */
  lost: string[];
  /** Why the original must be kept aside: `corrupt`, or the version of a newer Impetus, or null when all was kept. */
  keepAs: string | null;
}

/** Step n turns a version n file into version n + 1. Steps are pure and are never changed after a release. */
type Migration = (raw: Record<string, unknown>) => Record<string, unknown>;
const migrations: Readonly<Record<number, Migration>> = {};

/** Settings out of any text: each value that fits is kept, all else is a default. Never throws. */
export function readSettingsText(text: string): ReadSettings {
  const raw = parseObject(text);
  if (raw === undefined) return { settings: { ...defaultSettings }, lost: ['(file)'], keepAs: 'corrupt' };
  const version = raw['version'] ?? settingsVersion;
  if (typeof version === 'number' && Number.isInteger(version) && version > settingsVersion) {
    return { ...salvageSettings(raw), keepAs: `version-${version}` };
  }
  const isKnown = typeof version === 'number' && Number.isInteger(version) && version >= 0;
  const { settings, lost } = salvageSettings(isKnown ? migrate(raw, version) : raw);
  const allLost = isKnown ? lost : ['version', ...lost];
  return { settings, lost: allLost, keepAs: allLost.length > 0 ? 'corrupt' : null };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text.startsWith('\uFEFF') ? text.slice(1) : text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function migrate(raw: Record<string, unknown>, from: number): Record<string, unknown> {
  let current = raw;
  for (let version = from; version < settingsVersion; version++) current = migrations[version]?.(current) ?? current;
  return current;
}
