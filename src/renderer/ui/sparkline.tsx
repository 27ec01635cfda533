import type { JSX } from 'react';
import { rateHistoryLength, type RateHistory } from '../control/rate-history.ts';
import './sparkline.css';

/** Two minutes of token rates, one point a second, newest at the end; the figure beside it is its axis. */
export function Sparkline(props: { history: RateHistory; width: number; height: number }): JSX.Element {
  const { history, width, height } = props;
  const line = toPath(history, width, height);
  const last = toPoint(history, history.length - 1, { width, height });
  return (
    <svg className="sparkline" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {line && <path className="sparkline-area" d={`${line}L${width} ${height}L${first(history, width)} ${height}Z`} />}
      <path d={line} />
      {history.length > 0 && <circle className="sparkline-end" cx={last.x} cy={last.y} r="3" />}
    </svg>
  );
}

/** The polyline in SVG path syntax; the highest value of the history reaches the top. */
export function toPath(history: RateHistory, width: number, height: number): string {
  return history
    .map((_, index) => {
      const { x, y } = toPoint(history, index, { width, height });
      return `${index === 0 ? 'M' : 'L'}${x} ${y}`;
    })
    .join('');
}

function toPoint(
  history: RateHistory,
  index: number,
  size: { width: number; height: number },
): { x: number; y: number } {
  const step = size.width / (rateHistoryLength - 1);
  const highest = Math.max(1, ...history);
  const share = (history[index] ?? 0) / highest;
  const x = size.width - (history.length - 1 - index) * step;
  return { x: round(x), y: round(size.height - 2 - share * (size.height - 6)) };
}

function first(history: RateHistory, width: number): number {
  return round(width - (history.length - 1) * (width / (rateHistoryLength - 1)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
