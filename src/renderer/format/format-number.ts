/** The interface is written in English; figures follow the same locale so that text and numbers agree. */
const locale = 'en-GB';
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** A space that never breaks between a figure and its unit. */
export const unitSpace = '\u00a0';

/** `18204` becomes `18,204`. */
export function formatCount(value: number): string {
  return whole.format(value);
}

/** `1 request`, `2 requests`. */
export function formatCounted(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)}${unitSpace}${value === 1 ? singular : plural}`;
}

/** Decimal units: one decimal for GB, whole MB and kB below. */
export function formatBytes(bytes: number): string {
  if (bytes >= 999_500_000) return `${oneDecimal.format(bytes / 1e9)}${unitSpace}GB`;
  if (bytes >= 999_500) return `${whole.format(bytes / 1e6)}${unitSpace}MB`;
  return `${whole.format(bytes / 1e3)}${unitSpace}kB`;
}

/** `134515008` becomes `135M`, `8190735360` becomes `8.2B`. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${oneDecimal.format(count / 1e9)}B`;
  return `${whole.format(count / 1e6)}M`;
}

/** A measured rate, unit left to the caller: one decimal below 100, none above. */
export function formatRate(tokensPerSecond: number): string {
  return tokensPerSecond >= 99.95 ? whole.format(tokensPerSecond) : oneDecimal.format(tokensPerSecond);
}

/** The live figure of a view, which must not flicker: whole from ten up, `0` when nothing runs. */
export function formatLiveRate(tokensPerSecond: number): string {
  return tokensPerSecond >= 9.95 || tokensPerSecond === 0
    ? whole.format(tokensPerSecond)
    : oneDecimal.format(tokensPerSecond);
}
