/**
 * What package-lock.json asks for on this machine, and whether node_modules already holds it.
 *
 * @typedef {{ version?: string, link?: boolean, optional?: boolean, os?: string | string[], cpu?: string | string[], libc?: string | string[] }} LockEntry
 * @typedef {{ packages?: Record<string, LockEntry> }} Lockfile
 */

/**
 * The folders (`node_modules/…`) that `npm ci` fills on this system.
 * @param {Lockfile} lockfile
 * @param {{ platform?: string, arch?: string }} [system]
 * @returns {string[]}
 */
export function packageFolders(lockfile, system = {}) {
  return Object.entries(lockfile.packages ?? {})
    .filter(([folder, entry]) => folder !== '' && !entry.link && fitsSystem(entry, system))
    .map(([folder]) => folder);
}

/**
 * True when every package that this system needs is installed in the version the lockfile names. Of the optional ones
 * only binaries made for this system must be there; those bound to a C library are left to npm's own choice.
 * @param {Lockfile} wanted package-lock.json
 * @param {Lockfile} installed node_modules/.package-lock.json
 * @param {{ platform?: string, arch?: string }} [system]
 * @returns {boolean}
 */
export function isInstalled(wanted, installed, system = {}) {
  const present = installed.packages ?? {};
  return packageFolders(wanted, system).every((folder) => {
    const entry = wanted.packages?.[folder];
    const installedVersion = present[folder]?.version;
    const isOwnBinary = entry?.os !== undefined && entry.cpu !== undefined && entry.libc === undefined;
    if (installedVersion === undefined && entry?.optional && !isOwnBinary) return true;
    return installedVersion === entry?.version;
  });
}

/**
 * @param {LockEntry} entry
 * @param {{ platform?: string, arch?: string }} system
 */
function fitsSystem(entry, { platform = process.platform, arch = process.arch }) {
  return fits(entry.os, platform) && fits(entry.cpu, arch);
}

/**
 * npm's rule: a list of names, or of names to exclude (`!win32`).
 * @param {string | string[] | undefined} allowed
 * @param {string} value
 */
function fits(allowed, value) {
  if (allowed === undefined) return true;
  const names = Array.isArray(allowed) ? allowed : [allowed];
  if (names.includes(`!${value}`)) return false;
  const positive = names.filter((name) => !name.startsWith('!'));
  return positive.length === 0 || positive.includes(value) || positive.includes('any');
}
