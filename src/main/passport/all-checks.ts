import type { Check } from './check.ts';
import { answerCheck } from './checks/answer-check.ts';
import { determinismChecks } from './checks/determinism-checks.ts';
import { embeddingCheck } from './checks/embedding-check.ts';
import { infillCheck } from './checks/infill-check.ts';
import { createMemoryCheck } from './checks/memory-check.ts';
import { needleChecks } from './checks/needle-checks.ts';
import { reasoningChecks } from './checks/reasoning-checks.ts';
import { schemaCheck } from './checks/schema-check.ts';
import { speedCheck } from './checks/speed-check.ts';
import { stopCheck } from './checks/stop-check.ts';
import { templateCheck } from './checks/template-check.ts';
import { tokenizerCheck } from './checks/tokenizer-check.ts';
import { toolChecks } from './checks/tool-checks.ts';
import { visionCheck } from './checks/vision-check.ts';

/** Cost milliseconds: made at every load. */
export const loadChecks: readonly Check[] = [templateCheck, tokenizerCheck];

/** Everything, the cheap and telling ones first; the needles take what is left of the time. */
export function createAllChecks(readPeakMemory: (pid: number) => number | undefined): Check[] {
  return [
    ...loadChecks,
    visionCheck,
    answerCheck,
    speedCheck,
    stopCheck,
    schemaCheck,
    toolChecks,
    reasoningChecks,
    infillCheck,
    embeddingCheck,
    determinismChecks,
    createMemoryCheck(readPeakMemory),
    needleChecks,
  ];
}
