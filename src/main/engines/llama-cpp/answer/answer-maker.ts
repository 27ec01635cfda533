import type { GenerationTask } from '../../../engine-port/index.ts';
import { Candidates, Sampler } from '../../../decoding/index.ts';
import type { NativeVocabulary } from '../native-vocabulary.ts';
import type { SamplerSettingsMaker } from '../sampling.ts';
import type { TokenPieces } from '../token-pieces.ts';
import { AnswerGate } from './answer-gate.ts';
import { AnswerReader } from './answer-reader.ts';
import { ControlledChooser } from './controlled-chooser.ts';
import { controlTokensOf, type ControlTokens } from './control-tokens.ts';
import { ModelGrammars, type AnswerMarkers } from './model-grammars.ts';
import { planAnswer, type AnswerPlan } from './plan-answer.ts';
import { ScoreRater } from './token-rater.ts';

export interface AnswerMakerOptions {
  vocabulary: NativeVocabulary;
  pieces: TokenPieces;
  samplerSettings: SamplerSettingsMaker;
}

/** The prompt that an answer continues. */
export interface AnswerPrompt {
  tokens: Uint32Array;
  text: string;
  isChat: boolean;
  markers: AnswerMarkers;
}

/** What chooses and reads the tokens of one answer. */
export interface AnswerParts {
  chooser: ControlledChooser;
  reader: AnswerReader;
  tokenRater: ScoreRater | undefined;
  promptRater: ScoreRater | undefined;
  /** Places in the request's schemas that bind nothing. */
  unenforced: string[];
}

/** Sets up the answers of one loaded model. */
export class AnswerMaker {
  readonly #options: AnswerMakerOptions;
  readonly #controls: ControlTokens;
  /** Room for the candidates of a choice, shared by all answers: one chooses after the other. */
  readonly #candidates: Candidates;
  /** By the family of the answers; most models have one. */
  readonly #grammars = new Map<AnswerMarkers, ModelGrammars>();

  constructor(options: AnswerMakerOptions) {
    this.#options = options;
    this.#controls = controlTokensOf(options.vocabulary);
    this.#candidates = new Candidates(options.vocabulary.size);
  }

  /**
   * Everything that can be wrong with what a request asks of its answer is found here. Errors: `schema-unsupported`;
   * `invalid-request` for a grammar, a tool or a token that there is not.
   */
  make(task: GenerationTask, prompt: AnswerPrompt, seed: number): AnswerParts {
    const { vocabulary, pieces, samplerSettings } = this.#options;
    const grammars = this.#grammarsOf(prompt.markers);
    const plan = planAnswer({ task, isChat: prompt.isChat, promptText: prompt.text, grammars });
    const sampler = new Sampler(samplerSettings.make(task.sampling, seed), {
      vocabularySize: vocabulary.size,
      history: prompt.tokens,
      workspace: this.#candidates,
    });
    const { tokenProbabilities, promptProbabilities } = task;
    const jumpsForward = tokenProbabilities === undefined;
    const gate = plan.rules && new AnswerGate({ rules: plan.rules, grammars, jumpsForward });
    return {
      chooser: new ControlledChooser(sampler, gate),
      reader: this.#createReader(task, plan),
      tokenRater: tokenProbabilities === undefined ? undefined : new ScoreRater(pieces, tokenProbabilities),
      promptRater: promptProbabilities === undefined ? undefined : new ScoreRater(pieces, promptProbabilities),
      unenforced: plan.unenforced,
    };
  }

  /** Does now what the first answer with such markers that is bound by a grammar would wait for: some 100 ms. */
  prepare(markers: AnswerMarkers): void {
    this.#grammarsOf(markers).prepare();
  }

  #grammarsOf(markers: AnswerMarkers): ModelGrammars {
    const { vocabulary, pieces } = this.#options;
    const known = this.#grammars.get(markers);
    if (known) return known;
    const grammars = new ModelGrammars({ vocabulary, pieces, controls: this.#controls }, markers);
    this.#grammars.set(markers, grammars);
    return grammars;
  }

  #createReader({ program }: GenerationTask, { parser }: AnswerPlan): AnswerReader {
    const { pieces } = this.#options;
    if (!parser) return new AnswerReader({ program, pieces });
    const controls = this.#controls;
    return new AnswerReader({
      program,
      pieces,
      parser: { ...parser, controlTexts: controls.byText.keys() },
      controlTextOf: (token) => controls.textOf(token),
    });
  }
}
