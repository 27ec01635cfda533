export interface NumberRange {
  min: number;
  max: number;
  isWhole?: boolean;
}

export interface OptionalNumber {
  /** Undefined for an empty field. */
  value?: number;
  /** What is wrong with the text, as a sentence. */
  wrong?: string;
}

/** The number in a field that may stay empty; a decimal comma is understood. */
export function parseOptionalNumber(text: string, { min, max, isWhole = false }: NumberRange): OptionalNumber {
  const trimmed = text.trim().replace(',', '.');
  if (trimmed === '') return {};
  const value = Number(trimmed);
  const isFit = Number.isFinite(value) && value >= min && value <= max && (!isWhole || Number.isInteger(value));
  if (isFit) return { value };
  return { wrong: `Use a ${isWhole ? 'whole ' : ''}number from ${min} to ${max.toLocaleString('en-GB')}.` };
}
