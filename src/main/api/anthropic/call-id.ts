const house = 'call_';
const wire = 'toolu_';

/** The id of a call in Anthropic's form. */
export function toWireCallId(id: string): string {
  return id.startsWith(house) ? wire + id.slice(house.length) : id;
}

/** Back again: a template that shows ids must show the one that was generated. */
export function fromWireCallId(id: string): string {
  return id.startsWith(wire) ? house + id.slice(wire.length) : id;
}
