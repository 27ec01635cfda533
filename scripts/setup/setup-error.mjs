/** A step that cannot be done: the message names what failed, the hint what to do about it. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(message, hint = '') {
    super(message);
    this.name = 'SetupError';
    this.hint = hint;
  }

  /** Message and hint as the one line that is printed. */
  get line() {
    return this.hint ? `${this.message} ${this.hint}` : this.message;
  }
}

/**
 * True for what an AbortSignal causes: the user or the parent ended the run.
 * @param {unknown} error
 * @returns {boolean}
 */
export function isAbort(error) {
  return error instanceof Error && error.name === 'AbortError';
}

/**
 * @param {AbortSignal | undefined} signal
 * @returns {void}
 */
export function throwIfAborted(signal) {
  if (signal?.aborted) throw Object.assign(new Error('Interrupted.'), { name: 'AbortError' });
}
