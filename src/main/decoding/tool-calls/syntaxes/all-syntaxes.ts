import type { ToolCallSyntax } from '../syntax.ts';
import { deepSeek } from './deepseek.ts';
import { generic } from './generic.ts';
import { harmony } from './harmony.ts';
import { hermes } from './hermes.ts';
import { jsonLists } from './json-lists.ts';
import { jsonSingle } from './json-single.ts';
import { kimi } from './kimi.ts';
import { mistralNamed } from './mistral-named.ts';
import { named } from './named.ts';
import { notations } from './notations.ts';
import { tagged } from './tagged.ts';

/** Every known syntax; one that recognises more of a template stands before one that recognises less. */
export const allSyntaxes: readonly ToolCallSyntax[] = [
  harmony,
  ...kimi,
  ...deepSeek,
  ...notations,
  ...mistralNamed,
  ...tagged,
  ...named,
  ...jsonSingle,
  ...jsonLists,
  hermes,
  generic,
];
