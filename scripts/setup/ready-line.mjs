const readyPattern = /^Impetus is ready at (http:\/\/\S+)$/;

/**
 * The line that tells people and programs where Impetus answers.
 * @param {string} url
 * @returns {string}
 */
export function readyLine(url) {
  return `Impetus is ready at ${url}`;
}

/**
 * Passes an app's standard output on, line by line as it comes, and notices the ready line. A second ready line is
 * dropped, so that it is printed exactly once however many sources claim it.
 *
 * @param {{ write: (text: string) => unknown, onReady: (url: string) => void }} options
 */
export function createReadyRelay({ write, onReady }) {
  let rest = '';
  let isReady = false;
  /** @param {string} line */
  const pass = (line) => {
    const url = readyPattern.exec(line.trimEnd())?.[1] ?? urlOfJson(line);
    if (url === undefined) return write(`${line}\n`);
    if (isReady) return undefined;
    isReady = true;
    write(`${line}\n`);
    return onReady(url);
  };
  return {
    get isReady() {
      return isReady;
    },
    /** @param {string} text */
    push(text) {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(pass);
    },
    /** The app has said nothing itself: says it for the app. @param {string} line */
    announce(line) {
      if (!isReady) pass(line);
    },
    end() {
      if (rest) write(rest);
      rest = '';
    },
  };
}

/**
 * With `--json` the app says `{"url":"…","pid":…,"model":…}`.
 * @param {string} line
 * @returns {string | undefined}
 */
function urlOfJson(line) {
  if (!line.startsWith('{')) return undefined;
  try {
    const value = JSON.parse(line);
    return typeof value?.pid === 'number' && typeof value.url === 'string' ? value.url : undefined;
  } catch {
    return undefined;
  }
}
