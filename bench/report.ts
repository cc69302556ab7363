/** How the benchmarks say what they measured. */

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** `share`: 0.95 for the 95th percentile. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A Markdown table: rows of one shape, their keys the heads. */
export function printTable(rows: readonly Readonly<Record<string, unknown>>[]): void {
  const heads = Object.keys(rows[0] ?? {});
  const cells = [heads, ...rows.map(row => heads.map(head => String(row[head])))];
  const widths = heads.map((_, column) => Math.max(...cells.map(line => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]) =>
    `| ${texts.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [head = [], ...rest] = cells;
  console.log(
    [
      line(head),
      `|${widths.map((width, column) => (column === 0 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`,
      ...rest.map(line),
    ].join('\n'),
  );
}
