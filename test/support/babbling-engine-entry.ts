import { writeSync } from 'node:fs';
import { sidePipeVariable } from '#main/base/index.ts';

// A child that says hello and then something no version of the protocol knows.
const babble = (): void => {
  if (process.env['IMPETUS_BABBLE_IN'] === 'a line') writeSync(Number(process.env[sidePipeVariable]), '1 many\n');
  else process.send?.({ type: 'frames', frames: 'many' });
};
process.send?.({ type: 'hello', protocol: 2, engine: 'babbling' });
process.on('message', babble);
