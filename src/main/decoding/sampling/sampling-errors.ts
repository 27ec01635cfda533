import { AppError } from '#shared/errors/app-error.ts';

/** The model computed no number for a token: a fault of the model file or of the library, not of the request. */
export function scoreNotFinite(token: number, score: number): AppError {
  return new AppError(
    'engine-crashed',
    `The model's score of token ${token} is ${String(score)}, which is no number.`,
    {
      hint: 'The model file may be damaged, or too large for its number format. Other requests are not affected.',
      data: { token, score: String(score) },
    },
  );
}

/** Bias, penalties and grammar together leave nothing to choose from. */
export function everyTokenForbidden(): AppError {
  return new AppError('invalid-request', 'Every token is forbidden here.', {
    hint: 'Loosen logit_bias or the grammar: together they leave no token to choose.',
    data: { param: 'logit_bias' },
  });
}
