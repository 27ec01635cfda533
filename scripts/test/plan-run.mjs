/** Projects whose tests need more than packages, a build and the test models. */
const browserProjects = ['renderer', 'e2e'];
const rigProjects = ['shell'];

/**
 * What a run of the tests needs. Without arguments it is the whole check of the house; with arguments (vitest's own
 * filters: `--project NAME`, files, `-t NAME`) only those tests run and only their set-up is made.
 *
 * @param {string[]} argv
 * @returns {{ isFull: boolean, needsBrowser: boolean, needsRig: boolean }}
 */
export function planRun(argv) {
  const projects = namedProjects(argv);
  /** @param {string[]} names */
  const needs = (names) => projects.length === 0 || projects.some((project) => names.includes(project));
  return { isFull: argv.length === 0, needsBrowser: needs(browserProjects), needsRig: needs(rigProjects) };
}

/**
 * Projects asked for by name, or by the folder of a file.
 * @param {string[]} argv
 * @returns {string[]}
 */
function namedProjects(argv) {
  return argv.flatMap((entry, at) => {
    if (entry.startsWith('--project=')) return [entry.slice('--project='.length)];
    if (argv[at - 1] === '--project') return [entry];
    const folder = /^(?:\.\/)?test\/([^/]+)/.exec(entry)?.[1];
    return folder ? [folder === 'preload' ? 'renderer' : folder] : [];
  });
}
