import { honoured, isOneOf, refused, type Fields } from '../field-row.ts';

export const tokenizeFields: Fields = {
  model: honoured('which vocabulary is used'),
  content: honoured('the tokens of the answer'),
  add_special: honoured('task.addSpecial'),
  with_pieces: honoured('the shape of the answer'),
  parse_special: refused('Special tokens inside the text are always parsed.', isOneOf(true)),
};

export const detokenizeFields: Fields = {
  model: honoured('which vocabulary is used'),
  tokens: honoured('the text of the answer'),
};
