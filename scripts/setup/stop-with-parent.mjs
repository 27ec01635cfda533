/**
 * Preloaded (`node --import`) into the headless app that start.mjs runs: when start.mjs itself is killed, the app drains
 * and ends as it does on SIGTERM instead of living on as an orphan.
 */
import { watchParent } from './watch-parent.mjs';

watchParent(() => process.kill(process.pid, 'SIGTERM'));
