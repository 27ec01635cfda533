/**
 * The flags of `npm start` that set-up itself must understand. All of them, and every other one, are passed on to the
 * app, which checks them.
 *
 * @typedef {object} StartFlags
 * @property {string | undefined} home
 * @property {string | undefined} model
 * @property {boolean} headless
 * @property {boolean} json
 * @property {boolean} isQuestion `--help` or `--version`: answered without fetching anything large
 */

/**
 * @param {string[]} argv
 * @returns {StartFlags}
 */
export function readStartFlags(argv) {
  return {
    home: valueOf(argv, '--home'),
    model: valueOf(argv, '--model'),
    headless: argv.includes('--headless'),
    json: argv.includes('--json'),
    isQuestion: argv.includes('--help') || argv.includes('--version'),
  };
}

/**
 * The last value wins, as everywhere: `--name value` and `--name=value`.
 * @param {string[]} argv
 * @param {string} name
 * @returns {string | undefined}
 */
function valueOf(argv, name) {
  for (let at = argv.length - 1; at >= 0; at -= 1) {
    const entry = argv[at] ?? '';
    if (entry.startsWith(`${name}=`)) return entry.slice(name.length + 1);
    if (entry === name) return argv[at + 1];
  }
  return undefined;
}
