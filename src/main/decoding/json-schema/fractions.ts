/** An exact number: `top / bottom` in lowest terms, `bottom` positive. */
export interface Fraction {
  readonly top: bigint;
  readonly bottom: bigint;
}

/** The decimal text of a number, taken at its word: 0.1 is one tenth. */
export function toFraction(value: number): Fraction {
  const [digits = '0', exponent = '0'] = String(value).split('e');
  const [whole = '0', places = ''] = digits.split('.');
  const shift = Number(exponent) - places.length;
  const scaled = BigInt(whole + places);
  return shift >= 0 ? { top: scaled * 10n ** BigInt(shift), bottom: 1n } : reduced(scaled, 10n ** BigInt(-shift));
}

function reduced(top: bigint, bottom: bigint): Fraction {
  const shared = greatestDivisor(top < 0n ? -top : top, bottom);
  return { top: top / shared, bottom: bottom / shared };
}

export function greatestDivisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b > 0n) [a, b] = [b, a % b];
  return a === 0n ? 1n : a;
}

/** The smallest number that is a multiple of both. */
export function leastMultiple(left: Fraction, right: Fraction): Fraction {
  const top = (left.top * right.top) / greatestDivisor(left.top, right.top);
  return reduced(top, greatestDivisor(left.bottom, right.bottom));
}

/** The largest whole number not above the value times `scale`. */
export function floorTimes({ top, bottom }: Fraction, scale: bigint): bigint {
  const product = top * scale;
  const quotient = product / bottom;
  return product < 0n && quotient * bottom !== product ? quotient - 1n : quotient;
}

/** The smallest whole number not below the value times `scale`. */
export function ceilingTimes({ top, bottom }: Fraction, scale: bigint): bigint {
  return -floorTimes({ top: -top, bottom }, scale);
}
