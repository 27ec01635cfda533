export type Tier = 'ram' | 'disk';

/** Until something was measured. */
const assumedBytesPerMs = { ram: 1_000_000, disk: 500_000 };
const assumedPrefillTokensPerMs = 1;
/** What a restore costs beside its bytes: files are opened, the step loop waits for its border. */
const fixedMs = 2;
/** Weight of the newest measurement. */
const smoothing = 0.25;
/** Fewer tokens or bytes tell more about the clock than about the machine. */
const leastTokens = 16;
const leastBytes = 65_536;

/**
 * Restoring beats computing when its bytes come in faster than the tokens they save could be computed. Both speeds are
 * learnt from what happens.
 */
export class RestoreRule {
  readonly #bytesPerMs = { ...assumedBytesPerMs };
  #prefillTokensPerMs = assumedPrefillTokensPerMs;
  #knowsPrefill = false;

  get bytesPerMs(): Readonly<Record<Tier, number>> {
    return this.#bytesPerMs;
  }

  get prefillTokensPerMs(): number {
    return this.#prefillTokensPerMs;
  }

  observeRestore(tier: Tier, bytes: number, milliseconds: number): void {
    if (bytes < leastBytes) return;
    this.#bytesPerMs[tier] = blend(this.#bytesPerMs[tier], bytes / Math.max(0.01, milliseconds));
  }

  observePrefill(tokens: number, milliseconds: number): void {
    if (tokens < leastTokens) return;
    const speed = tokens / Math.max(0.01, milliseconds);
    this.#prefillTokensPerMs = this.#knowsPrefill ? blend(this.#prefillTokensPerMs, speed) : speed;
    this.#knowsPrefill = true;
  }

  /** `savedTokens`: tokens that need not be computed, beyond what a sequence holds anyway. */
  isWorthwhile(savedTokens: number, bytes: Readonly<Record<Tier, number>>): boolean {
    if (savedTokens <= 0) return false;
    const restoreMs = fixedMs + bytes.ram / this.#bytesPerMs.ram + bytes.disk / this.#bytesPerMs.disk;
    return restoreMs < savedTokens / this.#prefillTokensPerMs;
  }
}

function blend(known: number, observed: number): number {
  return known + smoothing * (observed - known);
}
