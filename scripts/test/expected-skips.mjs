import { existsSync, readFileSync } from 'node:fs';

/**
 * The skipped tests that nobody has accounted for.
 *
 * @param {{ state: string, file: string, name: string, note?: string }[]} tests
 * @param {Record<string, string>} expected file or full name of a test -> the reason why it may be skipped
 * @returns {string[]} `file: name`, with the test's own reason where it gave one
 */
export function unexpectedSkips(tests, expected) {
  return tests
    .filter((test) => test.state === 'skipped')
    .filter((test) => !Object.hasOwn(expected, test.file) && !Object.hasOwn(expected, test.name))
    .map((test) => `${test.file}: ${test.name}${test.note ? ` (${test.note})` : ''}`);
}

/**
 * @param {string} file
 * @returns {Record<string, string>} empty when the file does not exist
 */
export function readExpectedSkips(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}
