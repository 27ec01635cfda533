/** A progress reporter that keeps what was said, in order. */
export function createRecordedReporter() {
  const lines: string[] = [];
  return {
    lines,
    line: (text: string) => void lines.push(text),
    step: (title: string) => ({
      update() {},
      done: () => void lines.push(`${title}: done`),
      fail: (detail = '') => void lines.push(`${title}: failed, ${detail}`),
    }),
  };
}
