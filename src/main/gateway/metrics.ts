export interface MetricOptions {
  name: string;
  help: string;
  /** Names of the labels; the values are given in this order. Default: none. */
  labels?: readonly string[];
}

/** One metric in the Prometheus text format. */
export interface Metric {
  /** Its block of lines, with a line feed at the end. */
  render(): string;
}

/** A number for each set of label values: a `counter` only grows, a `gauge` is set. */
export class NumberMetric implements Metric {
  readonly #type: 'counter' | 'gauge';
  readonly #options: MetricOptions;
  readonly #rows = new Map<string, { values: readonly string[]; amount: number }>();
  /** The row without labels: added to without a search. */
  #amount = 0;

  constructor(type: 'counter' | 'gauge', options: MetricOptions) {
    this.#type = type;
    this.#options = options;
  }

  /** Of the row without labels. */
  get amount(): number {
    return this.#amount;
  }

  /** Adds to the row without labels. */
  add(amount: number): void {
    this.#amount += amount;
  }

  set(amount: number): void {
    this.#amount = amount;
  }

  /** Counts one more of these label values. */
  count(...values: readonly string[]): void {
    const key = values.join('\n');
    const row = this.#rows.get(key);
    if (row) row.amount += 1;
    else this.#rows.set(key, { values, amount: 1 });
  }

  render(): string {
    const { name, labels } = this.#options;
    const rows = labels
      ? [...this.#rows.values()].map(({ values, amount }) => `${name}${toLabels(labels, values)} ${amount}\n`)
      : [`${name} ${this.#amount}\n`];
    return toBlock(this.#options, this.#type, rows);
  }
}

export interface HistogramOptions extends Omit<MetricOptions, 'labels'> {
  /** At most one. */
  label?: string;
  /** Upper bounds, rising. */
  bounds: readonly number[];
}

/** How many observations lie below each bound, and their sum; in parts by the value of its label. */
export class HistogramMetric implements Metric {
  readonly #options: HistogramOptions;
  readonly #parts = new Map<string, { counts: Float64Array; sum: number }>();

  constructor(options: HistogramOptions) {
    this.#options = options;
    if (options.label === undefined) this.#partOf('');
  }

  observe(amount: number, value = ''): void {
    const { bounds } = this.#options;
    const part = this.#partOf(value);
    let place = 0;
    while (place < bounds.length && amount > (bounds[place] ?? 0)) place += 1;
    part.counts[place] = (part.counts[place] ?? 0) + 1;
    part.sum += amount;
  }

  render(): string {
    const rows = [...this.#parts].map(([value, part]) => this.#renderPart(value, part));
    return toBlock(this.#options, 'histogram', rows);
  }

  #partOf(value: string): { counts: Float64Array; sum: number } {
    const known = this.#parts.get(value);
    if (known) return known;
    const part = { counts: new Float64Array(this.#options.bounds.length + 1), sum: 0 };
    this.#parts.set(value, part);
    return part;
  }

  #renderPart(value: string, { counts, sum }: { counts: Float64Array; sum: number }): string {
    const { name, bounds, label } = this.#options;
    const [names, values] = label === undefined ? [[], []] : [[label], [value]];
    let below = 0;
    const buckets = [...bounds.map(String), '+Inf'].map((bound, place) => {
      below += counts[place] ?? 0;
      return `${name}_bucket${toLabels(['le', ...names], [bound, ...values])} ${below}\n`;
    });
    const labels = toLabels(names, values);
    return `${buckets.join('')}${name}_sum${labels} ${sum}\n${name}_count${labels} ${below}\n`;
  }
}

function toBlock({ name, help }: Pick<MetricOptions, 'name' | 'help'>, type: string, rows: readonly string[]): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${rows.join('')}`;
}

function toLabels(names: readonly string[], values: readonly string[]): string {
  if (names.length === 0) return '';
  return `{${names.map((name, place) => `${name}="${escape(values[place] ?? '')}"`).join(',')}}`;
}

function escape(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
