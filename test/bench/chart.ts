/** The chart: bars as SVG, for the README, where it is shown 700 pixels wide on a light or a dark page. */
import type { Bar, Panel } from './section.ts';

const WIDTH = 700;
const COLUMNS = 2;
const COLUMN_WIDTH = WIDTH / COLUMNS;
const MARGIN = 16;
const TITLE_HEIGHT = 26;
const BAR_HEIGHT = 14;
const BAR_STEP = 21;
const BETWEEN_PANELS = 16;
const LABEL_WIDTH = 98;
/** For what stands beside the longest bar. */
const TEXT_WIDTH = 104;
const LONGEST_BAR = COLUMN_WIDTH - 2 * MARGIN - LABEL_WIDTH - TEXT_WIDTH;

/** A background of its own: as an image, it can not know the page's. */
const PAPER = '#ffffff';
const BORDER = '#d0d7de';
const INK = '#1f2328';
const OURS = '#0969da';
const OTHERS = '#8c959f';

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** A whole SVG file. In each panel the longest bar is as long as there is room; the note stands below all. */
export function chart(panels: readonly Panel[], note: string): string {
  const heightOf = ({ bars }: Panel) => TITLE_HEIGHT + bars.length * BAR_STEP + BETWEEN_PANELS;
  let top = MARGIN;
  const drawn: string[] = [];
  for (let first = 0; first < panels.length; first += COLUMNS) {
    const row = panels.slice(first, first + COLUMNS);
    drawn.push(...row.map((panel, column) => drawPanel(panel, column * COLUMN_WIDTH + MARGIN, top)));
    top += Math.max(...row.map(heightOf));
  }
  drawn.push(`<text x="${MARGIN}" y="${top + 4}" font-size="12">${escape(note)}</text>`);
  top += MARGIN;
  const alt = panels.map(({ title, bars }) => `${title}: ${bars.map(inWords).join(', ')}`).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${top}" viewBox="0 0 ${WIDTH} ${top}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="13" fill="${INK}">
<title>${escape(alt)}</title>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${top - 1}" rx="6" fill="${PAPER}" stroke="${BORDER}"/>
${drawn.join('\n')}
</svg>
`;
}

const inWords = ({ label, text }: Bar) => `${label} ${text}`;

function drawPanel({ title, bars }: Panel, left: number, top: number): string {
  const longest = Math.max(...bars.map(({ value }) => value), Number.MIN_VALUE);
  const lines = bars.map(({ label, value, text, ours }, i) => {
    const y = top + TITLE_HEIGHT + i * BAR_STEP;
    const x = left + LABEL_WIDTH;
    const width = Number(((LONGEST_BAR * value) / longest).toFixed(1));
    const words = `y="${y + BAR_HEIGHT - 3}"${ours ? ' font-weight="bold"' : ''}`;
    return `<text x="${left}" ${words}>${escape(label)}</text>
<rect x="${x}" y="${y}" width="${width}" height="${BAR_HEIGHT}" fill="${ours ? OURS : OTHERS}"/>
<text x="${x + width + 6}" ${words}>${escape(text)}</text>`;
  });
  return [`<text x="${left}" y="${top + 14}" font-size="14">${escape(title)}</text>`, ...lines].join('\n');
}
