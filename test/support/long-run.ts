/** True in the long run: fuzzers and fault tests take their whole budget (IMPETUS_LONG_RUN=1). */
export const longRun = process.env['IMPETUS_LONG_RUN'] === '1';
