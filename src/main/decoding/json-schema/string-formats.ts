import { parsePattern } from './pattern-parser.ts';
import type { Regex } from './regex.ts';

const year = '[1-9]\\d{3}';
const leapYear = '(?:[1-9]\\d(?:0[48]|[2468][048]|[13579][26])|(?:[2468][048]|[13579][26])00)';
const monthDay =
  '(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\\d|30)|02-(?:0[1-9]|1\\d|2[0-8]))';
const date = `(?:${year}-${monthDay}|${leapYear}-02-29)`;
const clock = '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(?:\\.\\d{1,6})?';
const offset = '(?:Z|[+-](?:[01]\\d|2[0-3]):[0-5]\\d)';
const atomCharacter = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]";
// Words without counted lengths: cheap to follow, and to join with a pattern or a length.
const word = '[A-Za-z0-9](?:-?[A-Za-z0-9])*';
const lastWord = '[A-Za-z](?:-?[A-Za-z0-9])*';
const uriHost = `(?:${word}\\.)*${lastWord}`;
const email = `${atomCharacter}+(?:\\.${atomCharacter}+)*@(?:${word}\\.)+${lastWord}`;
const label = '[A-Za-z](?:[A-Za-z0-9]|-[A-Za-z0-9]){0,14}';
const labels = `(?:[A-Za-z0-9](?:[A-Za-z0-9]|-[A-Za-z0-9]){0,14}\\.){0,6}`;
const hostname = `${labels}${label}`;
const byte = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
const ipv4 = `${byte}(?:\\.${byte}){3}`;
const hex4 = '[0-9A-Fa-f]{1,4}';
const ipv6 = ipv6Pattern();
const segment = "(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})";
const plainSegment = "(?:[A-Za-z0-9._~!$&'()*+,;=@-]|%[0-9A-Fa-f]{2})";
const query = `(?:\\?(?:${segment}|[/?])*)?(?:#(?:${segment}|[/?])*)?`;
const authority = `(?:[A-Za-z0-9._~-]+@)?(?:${uriHost}|${ipv4})(?::[1-9]\\d{0,3})?`;
const uri = `[A-Za-z][A-Za-z0-9+.-]*:(?://${authority}(?:/${segment}*)*|${segment}+(?:/${segment}*)*)${query}`;
const relativeReference = `(?://${authority}(?:/${segment}*)*|/(?:${segment}+(?:/${segment}*)*)?|${plainSegment}+(?:/${segment}*)*|)${query}`;
const days = '(?:\\d{1,4}Y(?:\\d{1,4}M(?:\\d{1,4}D)?)?|\\d{1,4}M(?:\\d{1,4}D)?|\\d{1,4}D)';
const times = '(?:\\d{1,4}H(?:\\d{1,4}M(?:\\d{1,4}S)?)?|\\d{1,4}M(?:\\d{1,4}S)?|\\d{1,4}S)';
const pointer = '(?:/(?:[^~/]|~[01])*)*';

/**
 * What each format admits, as a pattern of its own: every text of it is valid by the RFC, by Ajv and by Python's
 * jsonschema. Some are narrower than the RFC (years from 1000 on, no leap seconds, host names of up to seven labels).
 */
const patterns: Readonly<Record<string, string>> = {
  date,
  time: `${clock}${offset}`,
  'date-time': `${date}T${clock}${offset}`,
  'iso-time': `${clock}${offset}`,
  'iso-date-time': `${date}T${clock}${offset}`,
  duration: `P(?:${days}(?:T${times})?|T${times}|\\d{1,4}W)`,
  email,
  'idn-email': email,
  hostname,
  'idn-hostname': hostname,
  'host-name': hostname,
  ipv4,
  'ip-address': ipv4,
  color: '#[0-9A-Fa-f]{6}',
  ipv6,
  uuid: '[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}',
  uri,
  iri: uri,
  url: `(?:https?|ftp)://${labels.replace('{0,6}', '{1,6}')}[A-Za-z]{2,15}(?::[1-9]\\d{1,3})?(?:/${segment}*)*${query}`,
  'uri-reference': `(?:${uri}|${relativeReference})`,
  'iri-reference': `(?:${uri}|${relativeReference})`,
  'uri-template': '(?:[A-Za-z0-9/._~:-]|\\{[A-Za-z][A-Za-z0-9]*\\})*',
  'json-pointer': pointer,
  'json-pointer-uri-fragment': '#(?:/(?:[A-Za-z0-9_-])*)*',
  'relative-json-pointer': `(?:0|[1-9]{1,4})(?:#|${pointer})`,
  regex: '\\^?[A-Za-z0-9 _]*\\$?',
  byte: '(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?',
};

const shortAtom = `${atomCharacter}{1,20}`;
const shortEmail = `${shortAtom}(?:\\.${shortAtom}){0,2}@${labels.replace('{0,6}', '{1,4}')}${label}`;

/** Formats with counted parts, which can be cut to a length without an automaton. */
const countedPatterns: Readonly<Record<string, string>> = { email: shortEmail, 'idn-email': shortEmail };

/** Formats that restrict nothing in a text. */
const free = new Set(['password', 'binary', 'int32', 'int64', 'float', 'double']);

/** The texts a format admits, or fewer, counted ones; undefined for a format that restricts no text. */
export function formatRegex(name: string, { isCounted }: { isCounted: boolean }): Regex | undefined {
  const counted = isCounted && Object.hasOwn(countedPatterns, name) ? countedPatterns[name] : undefined;
  const pattern = counted ?? (Object.hasOwn(patterns, name) ? patterns[name] : undefined);
  return pattern === undefined ? undefined : parsePattern(`^(?:${pattern})$`, 'must');
}

/** Formats we enforce or that need no enforcing; any other is an annotation and named as ignored. */
export function isKnownFormat(name: string): boolean {
  return Object.hasOwn(patterns, name) || free.has(name);
}

function ipv6Pattern(): string {
  const forms = [`${hex4}(?::${hex4}){7}`, `(?:${hex4}(?::${hex4}){0,6})?::`];
  for (let before = 0; before <= 6; before++) {
    const head = before === 0 ? '' : before === 1 ? hex4 : `${hex4}(?::${hex4}){${String(before - 1)}}`;
    const most = 7 - before - 1;
    forms.push(`${head}::${hex4}${most > 0 ? `(?::${hex4}){0,${String(most)}}` : ''}`);
  }
  return `(?:${forms.join('|')})`;
}
