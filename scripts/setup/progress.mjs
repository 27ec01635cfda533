/**
 * How set-up talks: on a terminal one redrawn line per step, elsewhere a line each 10 %, with `--json` one JSON value
 * per line. Text goes to `output` (standard error for people, standard output for programs).
 */

const barWidth = 24;
const redrawMs = 100;
const silenceMs = 15_000;

/**
 * @typedef {object} Step
 * @property {(fraction: number, detail?: string) => void} update `fraction` is 0 to 1
 * @property {(detail?: string) => void} done
 * @property {(detail?: string) => void} fail
 *
 * @typedef {object} Reporter
 * @property {(text: string) => void} line
 * @property {(title: string) => Step} step
 */

/**
 * @param {{ output: { write(text: string): unknown, isTTY?: boolean, columns?: number }, json?: boolean, now?: () => number }} options
 * @returns {Reporter}
 */
export function createReporter({ output, json = false, now = Date.now }) {
  if (json) return jsonReporter(output, now);
  return output.isTTY ? terminalReporter(output, now) : plainReporter(output, now);
}

/**
 * @param {{ write(text: string): unknown }} output
 * @param {() => number} now
 * @returns {Reporter}
 */
function jsonReporter(output, now) {
  /** @param {object} value */
  const write = (value) => void output.write(`${JSON.stringify(value)}\n`);
  return {
    line: (text) => write({ event: 'message', text }),
    step(title) {
      const started = now();
      const tenths = tenthsFilter();
      write({ event: 'step', step: title, state: 'started' });
      /** @param {'done' | 'failed'} state @param {string} detail */
      const end = (state, detail) => write({ event: 'step', step: title, state, ms: now() - started, detail });
      return {
        update(fraction, detail = '') {
          if (tenths(fraction)) write({ event: 'progress', step: title, percent: percentOf(fraction), detail });
        },
        done: (detail = '') => end('done', detail),
        fail: (detail = '') => end('failed', detail),
      };
    },
  };
}

/**
 * @param {{ write(text: string): unknown }} output
 * @param {() => number} now
 * @returns {Reporter}
 */
function plainReporter(output, now) {
  /** @param {string} text */
  const line = (text) => void output.write(`${text}\n`);
  return {
    line,
    step(title) {
      const started = now();
      const tenths = tenthsFilter();
      let lastWrite = started;
      line(`${title} ...`);
      return {
        update(fraction, detail = '') {
          const silent = now() - lastWrite >= silenceMs;
          if (!tenths(fraction) && !silent) return;
          lastWrite = now();
          line(`${title} ${percentOf(fraction)} %${suffix(detail)}`);
        },
        done: (detail = '') => line(`${title} done in ${seconds(now() - started)}${suffix(detail)}`),
        fail: (detail = '') => line(`${title} failed after ${seconds(now() - started)}${suffix(detail)}`),
      };
    },
  };
}

/**
 * @param {{ write(text: string): unknown, columns?: number }} output
 * @param {() => number} now
 * @returns {Reporter}
 */
function terminalReporter(output, now) {
  /** @param {string} text */
  const redraw = (text) => void output.write(`\r\u001b[K${text.slice(0, (output.columns ?? 80) - 1)}`);
  return {
    line: (text) => void output.write(`\r\u001b[K${text}\n`),
    step(title) {
      const started = now();
      let lastDraw = Number.NEGATIVE_INFINITY;
      redraw(`${title} ...`);
      return {
        update(fraction, detail = '') {
          if (now() - lastDraw < redrawMs && fraction < 1) return;
          lastDraw = now();
          redraw(`${title} ${bar(fraction)} ${String(percentOf(fraction)).padStart(3)} %${suffix(detail)}`);
        },
        done(detail = '') {
          redraw(`${title} done in ${seconds(now() - started)}${suffix(detail)}`);
          output.write('\n');
        },
        fail(detail = '') {
          redraw(`${title} failed${suffix(detail)}`);
          output.write('\n');
        },
      };
    },
  };
}

/** True whenever the fraction has entered a tenth that was not reported yet; 0 % needs no report. */
function tenthsFilter() {
  let last = 0;
  /** @param {number} fraction */
  return (fraction) => {
    const tenth = Math.floor(clamp(fraction) * 10);
    if (tenth <= last) return false;
    last = tenth;
    return true;
  };
}

/** @param {number} fraction */
const clamp = (fraction) => Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
/** @param {number} fraction */
const percentOf = (fraction) => Math.floor(clamp(fraction) * 100);
/** @param {string} detail */
const suffix = (detail) => (detail ? `, ${detail}` : '');
/** @param {number} ms */
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** @param {number} fraction */
function bar(fraction) {
  const full = Math.round(clamp(fraction) * barWidth);
  return `[${'#'.repeat(full)}${'.'.repeat(barWidth - full)}]`;
}

/**
 * `98362432` -> `98.4 MB`.
 * @param {number} bytes
 * @returns {string}
 */
export function formatBytes(bytes) {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  if (bytes >= 1e6) return `${(bytes / 1e6).toFixed(1)} MB`;
  return `${Math.round(bytes / 1e3)} kB`;
}
