const size = 624;
const middle = 397;
const twoTo32 = 0x1_0000_0000;

/**
 * MT19937, seeded and turned into fractions as libstdc++ does it, so that a seed means the same numbers as in
 * llama.cpp. 2.5 kB of state; a block of 624 numbers is made every 312 double draws.
 */
export class MersenneTwister {
  readonly #state = new Uint32Array(size);
  #next = size;

  constructor(seed: number) {
    let previous = seed >>> 0;
    this.#state[0] = previous;
    for (let index = 1; index < size; index++) {
      previous = (Math.imul(previous ^ (previous >>> 30), 1_812_433_253) + index) >>> 0;
      this.#state[index] = previous;
    }
  }

  /** A copy that goes on as this one would. */
  clone(): MersenneTwister {
    const copy = new MersenneTwister(0);
    copy.#state.set(this.#state);
    copy.#next = this.#next;
    return copy;
  }

  /** 32 random bits. */
  nextUint32(): number {
    if (this.#next === size) this.#twist();
    let bits = this.#state[this.#next++] ?? 0;
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c_5680;
    bits ^= (bits << 15) & 0xefc6_0000;
    bits ^= bits >>> 18;
    return bits >>> 0;
  }

  /** 0 to 1, 1 excluded: `uniform_real_distribution<double>`, two draws. */
  nextDouble(): number {
    const low = this.nextUint32();
    const fraction = (low + this.nextUint32() * twoTo32) / (twoTo32 * twoTo32);
    return fraction < 1 ? fraction : 1 - Number.EPSILON / 2;
  }

  /** 0 to 1, 1 excluded, in single precision: `uniform_real_distribution<float>`, one draw. */
  nextFloat(): number {
    const fraction = Math.fround(this.nextUint32()) / twoTo32;
    return fraction < 1 ? fraction : 1 - 2 ** -24;
  }

  #twist(): void {
    const state = this.#state;
    for (let index = 0; index < size; index++) {
      const following = state[(index + 1) % size] ?? 0;
      const mixed = ((state[index] ?? 0) & 0x8000_0000) | (following & 0x7fff_ffff);
      const twisted = (mixed >>> 1) ^ (mixed & 1 ? 0x9908_b0df : 0);
      state[index] = (state[(index + middle) % size] ?? 0) ^ twisted;
    }
    this.#next = 0;
  }
}
