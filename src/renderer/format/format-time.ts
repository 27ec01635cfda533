import { formatCount, unitSpace } from './format-number.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** Two units at most: `4 h 12 min`, `22 min`, `45 s`. */
export function formatDuration(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))}${unitSpace}s`;
  if (ms < hour) return `${Math.floor(ms / minute)}${unitSpace}min`;
  if (ms < day) return join([Math.floor(ms / hour), 'h'], [Math.floor((ms % hour) / minute), 'min']);
  return join([Math.floor(ms / day), 'd'], [Math.floor((ms % day) / hour), 'h']);
}

/** Time left until something happens, rounded up: `22 min`, `under a minute`. */
export function formatTimeLeft(ms: number): string {
  if (ms <= minute) return 'under a minute';
  return formatDuration(Math.ceil(ms / minute) * minute);
}

/** A measured time in seconds, one decimal below ten: `0.3 s`, `12 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / second;
  return seconds < 9.95 ? `${seconds.toFixed(1)}${unitSpace}s` : `${formatCount(seconds)}${unitSpace}s`;
}

/** `2026-11-21T11:42:07.318Z` as local clock time with milliseconds: `11:42:07.318`. */
export function formatClock(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** A measured time: `42 ms`, from a second on as `formatSeconds`. */
export function formatMilliseconds(ms: number): string {
  return ms < 999.5 ? `${Math.round(ms)}${unitSpace}ms` : formatSeconds(ms);
}

/** `2026-11-18T…` as a day in local time: `18 Nov`, with the year when it is another one than now. */
export function formatDay(iso: string, now = new Date()): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const isThisYear = date.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(isThisYear ? {} : { year: 'numeric' }),
  }).format(date);
}

function join([large, largeUnit]: [number, string], [small, smallUnit]: [number, string]): string {
  const head = `${large}${unitSpace}${largeUnit}`;
  return small === 0 ? head : `${head} ${small}${unitSpace}${smallUnit}`;
}
