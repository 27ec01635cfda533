import { samplerStageSchema, type SamplerStage } from '#shared/domain/generation.ts';

/** Repetition penalties over the last tokens of prompt and answer. */
export interface PenaltySettings {
  /** Divides a positive score, multiplies a negative one. 1 is off. */
  repeat: number;
  /** Subtracted once per occurrence. 0 is off. */
  frequency: number;
  /** Subtracted once. 0 is off. */
  presence: number;
  /** How many tokens are looked at; 0 is off, negative is all of them. */
  lastTokens: number;
}

/** "Don't repeat yourself": a token that would prolong a repetition loses multiplier * base ^ (length - allowed). */
export interface DrySettings {
  /** 0 is off. */
  multiplier: number;
  /** Below 1 is off. */
  base: number;
  allowedLength: number;
  /** How many tokens are searched for repetitions; 0 is off, negative is all of them. */
  lastTokens: number;
  /** Token sequences a repetition cannot cross (`resolveSequenceBreakers` makes them from texts). */
  sequenceBreakers: readonly (readonly number[])[];
}

/** How the next token is chosen. Stages that are `false` or hold their neutral value cost nothing. */
export interface SamplerSettings {
  /** 32 bits; the same seed on the same scores gives the same tokens on every machine. */
  seed: number;
  /** 0 or less is greedy. Without the stage `temperature` in `order` it has no effect. */
  temperature: number;
  /** Moves the temperature by up to `range` with the distribution's entropy. Range 0 is off. */
  dynamicTemperature: false | { range: number; exponent: number };
  /** 0 is off. */
  topK: number;
  /** 1 is off. */
  topP: number;
  /** 0 is off. */
  minP: number;
  /** 1 is off. */
  typicalP: number;
  /** 0 or less is off. */
  topNSigma: number;
  /** Removes the most probable tokens, now and then. Probability 0 or a threshold over 0.5 is off. */
  xtc: false | { probability: number; threshold: number };
  dry: false | DrySettings;
  /** Replaces every stage but the logit bias and the temperature, as in llama.cpp. */
  mirostat: false | { version: 1 | 2; tau: number; eta: number };
  penalties: false | PenaltySettings;
  /** Added to a token's score before anything else; -Infinity forbids it. Unknown ids are ignored. */
  logitBias: ReadonlyMap<number, number>;
  order: readonly SamplerStage[];
  /** The stages that remove tokens leave at least this many (top_k excepted). */
  minKeep: number;
}

/** Everything off: the model's own distribution. The order is llama.cpp's. */
export const neutralSamplerSettings: SamplerSettings = {
  seed: 0,
  temperature: 1,
  dynamicTemperature: false,
  topK: 0,
  topP: 1,
  minP: 0,
  typicalP: 1,
  topNSigma: 0,
  xtc: false,
  dry: false,
  mirostat: false,
  penalties: false,
  logitBias: new Map(),
  order: samplerStageSchema.options,
  minKeep: 0,
};
