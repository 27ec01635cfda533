// A child left over from another version of Impetus.
process.send?.({ type: 'hello', protocol: 0, engine: 'old' });
setInterval(() => undefined, 1000);
