import path from 'node:path';

/**
 * @typedef {{ version?: string, optional?: boolean, os?: string[], cpu?: string[], libc?: string[], optionalDependencies?: Record<string, string> }} LockPackage
 */

/** Words in package names that name a system, and what npm calls it. @type {Record<string, string>} */
const systems = {
  linux: 'linux',
  mac: 'darwin',
  darwin: 'darwin',
  win: 'win32',
  win32: 'win32',
  freebsd: 'freebsd',
  android: 'android',
  openharmony: 'openharmony',
};
/** @type {Record<string, string>} */
const processors = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  armv7l: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
};
/** @type {Record<string, string>} */
const libraries = { gnu: 'glibc', musl: 'musl' };

/**
 * Optional packages of exact versions that some entry asks for and the lockfile does not hold, as the entries to add.
 * @param {{ packages: Record<string, LockPackage> }} lockfile
 * @returns {{ folder: string, entry: LockPackage }[]}
 */
export function missingOptionals({ packages }) {
  const missing = new Map();
  for (const [parent, { optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (!/^\d/.test(version) || isHeld(packages, parent, name)) continue;
      const folder = `node_modules/${name}`;
      missing.set(folder, { folder, entry: { version, ...systemOf(name), optional: true } });
    }
  }
  return [...missing.values()];
}

/**
 * Whether a package that lies in `parent` finds `name`, by Node's rule: its own node_modules, then those above.
 * @param {Record<string, LockPackage>} packages
 * @param {string} parent
 * @param {string} name
 */
function isHeld(packages, parent, name) {
  const above = [parent];
  for (let folder = parent; folder !== ''; above.push(folder)) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
  return above.some((folder) => packages[path.posix.join(folder, 'node_modules', name)] !== undefined);
}

/** @param {string} name */
function systemOf(name) {
  const words = name.split(/[/-]/);
  /** @param {Record<string, string>} table */
  const find = (table) => [...new Set(words.flatMap((word) => table[word] ?? []))];
  const libc = words.flatMap((word) => (word.startsWith('musl') ? 'musl' : (libraries[word] ?? [])));
  return { cpu: find(processors), ...(libc.length > 0 ? { libc } : {}), os: find(systems) };
}
