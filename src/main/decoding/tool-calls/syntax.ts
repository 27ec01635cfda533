/** One piece of the header that stands between the beginning of a call and its arguments. */
export type HeaderPart =
  /** Fixed text. */
  | { text: string }
  /** The tool's name. */
  | { slot: 'name' }
  /** The number of the call in its answer, from 0. */
  | { slot: 'index' }
  /** An id of the model's choice. */
  | { slot: 'id' };

/** Text around a run of calls. */
export interface CallSection {
  begin: string;
  end: string;
}

/** `{"name": …, "arguments": {…}}`, wrapped in markers. */
export interface JsonForm {
  kind: 'json';
  /** '' means the call begins with its brace, which counts only where an answer may begin. */
  begin: string;
  /** Other texts that may begin a call too. */
  alsoBegin?: readonly string[];
  end: string;
  /** `one`: an object per pair of markers; `array`: a JSON array of them; `lines`: objects one below the other. */
  list: 'one' | 'array' | 'lines';
  /** `pair`: name and arguments are values; `keyed`: the name is the only key, the arguments its value. */
  shape: 'pair' | 'keyed';
  nameKey: string;
  argumentsKey: string;
  /** A key before the name which numbers the call. */
  indexKey?: string;
  /** A key behind the arguments that holds an id of the model's choice. */
  idKey?: string;
  /** Text after the opening and before the closing bracket of an array. */
  pad?: string;
}

/** A header with the name, then the arguments as one JSON object. */
export interface NamedForm {
  kind: 'named';
  section?: CallSection;
  begin: string;
  alsoBegin?: readonly string[];
  header: readonly HeaderPart[];
  headerEnd: string;
  /** Other texts that may stand between the name and the arguments. */
  alsoBetween?: readonly string[];
  /** '' where the call is over with its last brace. */
  end: string;
  separator: string;
}

/** A header with the name, then one pair of markers per argument; values are plain text or JSON by the tool's schema. */
export interface TaggedForm {
  kind: 'tagged';
  section?: CallSection;
  begin: string;
  nameEnd: string;
  /** Around the number of the call in its answer, from 1, where it stands behind the name. */
  numberBegin?: string;
  numberEnd?: string;
  argumentBegin: string;
  keyEnd: string;
  /** How the model says what a value is; undefined where only the tool's schema tells. */
  typeMark?: { before: string; string: string; other: Readonly<Record<string, string>>; after: string };
  valueEnd: string;
  /** Around a text that holds a line break, `<` or `&`, where the family marks such texts. */
  wrap?: { begin: string; end: string };
  /** Between two arguments. */
  argumentSeparator: string;
  /** One line break in front of and behind each value belongs to the markers. */
  linesAroundValue: boolean;
  end: string;
  separator: string;
}

/**
 * Arguments in a notation of the family's own. `gemma`: `name{key:<|"|>text<|"|>,n:1}`; `python`:
 * `name(key='text', n=1)`; `nested-tags`: `name"><key>text</key>`, objects and lists as tags inside.
 */
export interface NotationForm {
  kind: 'notation';
  notation: 'gemma' | 'python' | 'nested-tags';
  /** What stands in front of and behind each string, or in front of each tag. */
  mark: string;
  section?: CallSection;
  begin: string;
  end: string;
  separator: string;
}

export type CallForm = JsonForm | NamedForm | TaggedForm | NotationForm;

/** How a model family writes tool calls. */
export interface ToolCallSyntax {
  id: string;
  /** The syntax is this one when the template holds all texts of one of these lists. */
  recognisedBy: readonly (readonly string[])[];
  form: CallForm;
  /**
   * The text from which on a call binds the answer, where that is not the beginning of the form up to its first white
   * space. A part of the beginning; `{name}` stands for each tool's name.
   */
  trigger?: string;
  /** Stands in front of the calls where the answer must begin with one; `{name}` is the tool's name. */
  lead?: string;
  /** False: the family makes one call per answer. */
  allowsParallel: boolean;
  /** Texts of the answer's frame; they are no content. */
  silent?: readonly string[];
  /** Ends of a prompt that the answer continues: they are read as the answer's first words. */
  primers?: readonly string[];
}

/** Where reasoning stands in an answer. */
export interface ReasoningSyntax {
  begin: string;
  end: string;
  /** Other texts that begin it. */
  alsoBegin?: readonly string[];
  /** What is forced when a budget is spent, so that the answer goes on; default: the end and what usually surrounds it. */
  forcedEnd?: string;
}
