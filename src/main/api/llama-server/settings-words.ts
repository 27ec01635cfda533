import type { GenerationRequest, Sampling } from '#shared/domain/generation.ts';

export interface EffectiveSettings {
  sampling: Sampling;
  /** Undefined: as much as the context holds. */
  maxTokens?: number | undefined;
  stops?: readonly string[] | undefined;
  output?: GenerationRequest['output'];
  ignoreEndOfGeneration?: boolean | undefined;
  tokenProbabilities?: number | undefined;
  isStream?: boolean | undefined;
}

/** llama-server's `generation_settings`: how an answer is really chosen, every default resolved. */
export function encodeSettings(settings: EffectiveSettings): object {
  const { sampling, maxTokens = -1, stops = [], output, tokenProbabilities = 0 } = settings;
  return {
    n_predict: maxTokens,
    max_tokens: maxTokens,
    seed: sampling.seed ?? -1,
    temperature: sampling.temperature,
    dynatemp_range: sampling.dynamicTemperatureRange,
    dynatemp_exponent: sampling.dynamicTemperatureExponent,
    top_k: sampling.topK,
    top_p: sampling.topP,
    min_p: sampling.minP,
    top_n_sigma: sampling.topNSigma,
    xtc_probability: sampling.xtcProbability,
    xtc_threshold: sampling.xtcThreshold,
    typical_p: sampling.typicalP,
    repeat_last_n: sampling.repeatLastN,
    repeat_penalty: sampling.repeatPenalty,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    dry_multiplier: sampling.dryMultiplier,
    dry_base: sampling.dryBase,
    dry_allowed_length: sampling.dryAllowedLength,
    dry_penalty_last_n: sampling.dryPenaltyLastN,
    dry_sequence_breakers: sampling.drySequenceBreakers,
    mirostat: sampling.mirostat,
    mirostat_tau: sampling.mirostatTau,
    mirostat_eta: sampling.mirostatEta,
    min_keep: sampling.minKeep,
    samplers: sampling.stages,
    logit_bias: sampling.logitBias.map(({ token, bias }) => ({ token, bias: bias ?? false })),
    stop: stops,
    grammar: output?.type === 'grammar' ? output.grammar : '',
    ignore_eos: settings.ignoreEndOfGeneration === true,
    n_probs: tokenProbabilities,
    n_keep: 0,
    n_discard: 0,
    stream: settings.isStream === true,
    lora: [],
  };
}
