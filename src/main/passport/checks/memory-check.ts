import type { Check, Finding } from '../check.ts';

/** Most memory of the engine's process; what it allocated by its own account stands beside it. */
export function createMemoryCheck(readPeakMemory: (pid: number) => number | undefined): Check {
  return {
    ids: ['memory'],
    needsText: false,
    async *run({ model: { info } }): AsyncGenerator<Finding> {
      const { modelBytes, contextBytes } = info.memory;
      const peakBytes = readPeakMemory(info.pid);
      if (peakBytes === undefined) {
        const detail = 'This system does not tell the peak memory of a process.';
        yield { id: 'memory', verdict: 'not-measured', detail, figures: { modelBytes, contextBytes } };
        return;
      }
      const whose = info.placement === 'child' ? 'Its engine process' : 'The whole server, this model in it,';
      const detail = `${whose} held ${Math.round(peakBytes / 1e6)} MB at most.`;
      yield { id: 'memory', verdict: 'pass', detail, figures: { peakBytes, modelBytes, contextBytes } };
    },
  };
}
