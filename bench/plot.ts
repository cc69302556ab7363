/** Line charts as SVG: both axes logarithmic, so that a cost that grows with its cause is a straight line. */

export interface Chart {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: Readonly<Record<string, readonly Point[]>>;
}

export type Point = readonly [x: number, y: number];

const width = 340;
const height = 260;
const margin = { left: 56, right: 12, top: 48, bottom: 44 };
const colours = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700'];

/** Beside each other. */
export function svgOf(charts: readonly Chart[]): string {
  const panels = charts.map((chart, index) => `<g transform="translate(${index * width} 0)">${panel(chart)}</g>`);
  const size = `width="${charts.length * width}" height="${height}" viewBox="0 0 ${charts.length * width} ${height}"`;
  const title = `<title>${charts.map(chart => chart.title).join('; ')}</title>`;
  const style = '<style>text{font:11px sans-serif;fill:#57606a}.title{font-weight:bold}</style>';
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size}>${title}${style}<rect width="100%" height="100%" fill="#fff"/>${panels.join('')}</svg>\n`;
}

function panel({ title, x, y, lines }: Chart): string {
  const points = Object.values(lines).flat();
  const [fromX, toX] = decades(points.map(([value]) => value));
  const [fromY, toY] = decades(points.map(([, value]) => value));
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const atX = (value: number) => margin.left + ((Math.log10(value) - fromX) / (toX - fromX)) * (right - margin.left);
  const atY = (value: number) => bottom - ((Math.log10(value) - fromY) / (toY - fromY)) * (bottom - margin.top);
  const columns = exponents(fromX, toX).map(exponent => {
    const at = atX(10 ** exponent).toFixed(1);
    return `<path d="M${at} ${margin.top}V${bottom}" stroke="#d8dee4"/><text x="${at}" y="${bottom + 14}" text-anchor="middle">${label(exponent)}</text>`;
  });
  const rows = exponents(fromY, toY).map(exponent => {
    const at = atY(10 ** exponent).toFixed(1);
    return `<path d="M${margin.left} ${at}H${right}" stroke="#d8dee4"/><text x="${margin.left - 4}" y="${at}" dy="4" text-anchor="end">${label(exponent)}</text>`;
  });
  const curves = Object.entries(lines).map(([name, line], index) => {
    const colour = colours[index % colours.length];
    const path = line.map(([px, py], step) => `${step === 0 ? 'M' : 'L'}${atX(px).toFixed(1)} ${atY(py).toFixed(1)}`).join('');
    const key = `<text x="${margin.left + index * 90}" y="36" style="fill:${colour}">${name}</text>`;
    return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${key}`;
  });
  const axes = `<text x="${(margin.left + right) / 2}" y="${height - 10}" text-anchor="middle">${x}</text><text transform="translate(12 ${(margin.top + bottom) / 2}) rotate(-90)" text-anchor="middle">${y}</text>`;
  return `<text class="title" x="${margin.left}" y="18">${title}</text>${columns.join('')}${rows.join('')}${axes}${curves.join('')}`;
}

/** The powers of ten around the values; at least one apart. */
function decades(values: readonly number[]): readonly [number, number] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  return [from, Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))))];
}

function exponents(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function label(exponent: number): string {
  return exponent >= -2 && exponent <= 4 ? String(Number((10 ** exponent).toPrecision(1))) : `1e${exponent}`;
}
