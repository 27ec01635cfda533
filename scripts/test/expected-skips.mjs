import { existsSync, readFileSync } from 'node:fs';

/**
 * Why a test may be skipped: a reason that holds everywhere, or only on some systems (`linux`, `darwin`, `win32`).
 * @typedef {string | { reason: string, platforms: string[] }} ExpectedSkip
 */

/**
 * The skipped tests that nobody has accounted for on this system.
 *
 * @param {{ state: string, file: string, name: string, note?: string }[]} tests
 * @param {Record<string, ExpectedSkip>} expected by file or full name of a test
 * @param {string} [platform]
 * @returns {string[]} `file: name`, with the test's own reason where it gave one
 */
export function unexpectedSkips(tests, expected, platform = process.platform) {
  const allowed = Object.entries(expected)
    .filter(([, skip]) => typeof skip === 'string' || skip.platforms.includes(platform))
    .map(([name]) => name);
  return tests
    .filter((test) => test.state === 'skipped' && !allowed.includes(test.file) && !allowed.includes(test.name))
    .map((test) => `${test.file}: ${test.name}${test.note ? ` (${test.note})` : ''}`);
}

/**
 * @param {string} file
 * @returns {Record<string, ExpectedSkip>} empty when the file does not exist
 */
export function readExpectedSkips(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
