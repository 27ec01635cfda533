// A child that says hello and then something no version of the protocol knows.
process.send?.({ type: 'hello', protocol: 1, engine: 'babbling' });
process.on('message', () => process.send?.({ type: 'frames', frames: 'many' }));
