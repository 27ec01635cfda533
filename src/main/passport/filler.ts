const things = ['river', 'lantern', 'orchard', 'bridge', 'kettle', 'ladder', 'pebble', 'sparrow', 'cellar', 'ribbon'];
const places = [
  'the north gate',
  'an old barn',
  'the market',
  'a quiet lane',
  'the harbour',
  'a stone well',
  'the mill',
];

/** One plain sentence; each number has its own. */
export function fillerSentence(index: number): string {
  const thing = things[index % things.length] ?? '';
  const place = places[index % places.length] ?? '';
  return `Note ${index + 1}: the ${thing} was seen near ${place} at ${index % 24}:${String((index * 7) % 60).padStart(2, '0')}.`;
}

export function fillerText(sentences: number): string {
  return Array.from({ length: sentences }, (_, index) => fillerSentence(index)).join(' ');
}
