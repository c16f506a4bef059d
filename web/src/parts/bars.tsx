// The cells of a battery side by side on one scale: standing bars where there is room for their numbers, else lying
// ones. The scale does not begin at 0 V, where nothing would be seen. Lowest, highest and balancing have a sign each.
import { useEffect, useRef, useState } from "preact/hooks";
import { number, signedMilliVolts } from "../format";
import { nearScale, wholeScale, type CellRow } from "../judge";

export interface Line {
  volts: number;
  text: string;
}

const slot = 40; // px a standing bar needs for its number
const row = 24; // px of a lying one
const height = 260;

function useWidth() {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    setWidth(element.clientWidth);
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);
  return { box, width };
}

const kind = (cell: CellRow) =>
  (cell.highest ? "high" : cell.lowest ? "low" : "") + (cell.balancing ? " balancing" : "");
const sign = (cell: CellRow) => (cell.highest ? "▲" : cell.lowest ? "▼" : "") + (cell.balancing ? "⇄" : "");

interface Drawn {
  rows: CellRow[];
  lines: Line[];
  width: number;
  part: (volts: number) => number;
}

function Standing({ rows, lines, width, part }: Drawn) {
  const room = width / rows.length;
  const up = (volts: number) => height - 40 - part(volts) * (height - 76);
  return (
    <svg width={width} height={height}>
      {rows.map((cell, index) => {
        const middle = (index + 0.5) * room;
        const bar = Math.min(34, room * 0.62);
        if (cell.volts === undefined) return <text key={index} class="value" x={middle} y={height - 46} children="–" />;
        return (
          <g key={index} class={kind(cell)}>
            <rect x={middle - bar / 2} y={up(cell.volts)} width={bar} height={height - 40 - up(cell.volts)} rx="2" />
            <text class="sign" x={middle} y={up(cell.volts) - 19} children={sign(cell)} />
            <text class="value" x={middle} y={up(cell.volts) - 6} children={number(cell.volts, 3)} />
          </g>
        );
      })}
      {rows.map((cell, index) => (
        <g key={index}>
          <text class="name" x={(index + 0.5) * room} y={height - 24} children={cell.number} />
          <text
            class="deviation"
            x={(index + 0.5) * room}
            y={height - 6}
            children={cell.deviation === undefined ? "" : signedMilliVolts(cell.deviation)}
          />
        </g>
      ))}
      {lines.map((line) => (
        <g key={line.text} class="rule">
          <path d={`M0 ${up(line.volts)}H${width}`} />
          <text x={width - 2} y={up(line.volts) - 4} children={`${line.text} ${number(line.volts, 3)}`} />
        </g>
      ))}
    </svg>
  );
}

function Lying({ rows, lines, width, part }: Drawn) {
  const left = 26;
  const right = width - 128;
  const at = (volts: number) => left + part(volts) * (right - left);
  const below = rows.length * row;
  return (
    <svg width={width} height={below + lines.length * 15 + (lines.length > 0 ? 6 : 0)}>
      {rows.map((cell, index) => {
        const middle = index * row + row / 2;
        return (
          <g key={index} class={kind(cell)}>
            <text class="name" x="10" y={middle + 4} children={cell.number} />
            {cell.volts !== undefined && (
              <rect x={left} y={middle - 7} width={Math.max(1, at(cell.volts) - left)} height="14" rx="2" />
            )}
            <text class="value end" x={width - 78} y={middle + 4} children={number(cell.volts, 3)} />
            <text
              class="deviation end"
              x={width - 34}
              y={middle + 4}
              children={cell.deviation === undefined ? "" : signedMilliVolts(cell.deviation)}
            />
            <text class="sign" x={width - 15} y={middle + 4} children={sign(cell)} />
          </g>
        );
      })}
      {lines.map((line, index) => (
        <g key={line.text} class="rule">
          <path d={`M${at(line.volts)} 0V${below + 6 + index * 15}`} />
          <text
            class={part(line.volts) < 0.5 ? "start" : ""}
            x={at(line.volts) + (part(line.volts) < 0.5 ? 4 : -4)}
            y={below + 14 + index * 15}
            children={`${line.text} ${number(line.volts, 3)}`}
          />
        </g>
      ))}
    </svg>
  );
}

export function Bars({ rows, lines, whole, label }: { rows: CellRow[]; lines: Line[]; whole: boolean; label: string }) {
  const { box, width } = useWidth();
  const [low, high] = whole ? wholeScale(rows, lines.map((line) => line.volts)) : nearScale(rows);
  const part = (volts: number) => Math.min(1, Math.max(0, (volts - low) / (high - low)));
  const seen = lines.filter((line) => line.volts >= low && line.volts <= high);
  const drawn = { rows, lines: seen, width, part };
  return (
    <div class="bars" ref={box} role="img" aria-label={label}>
      {width > 0 && (width / rows.length >= slot ? <Standing {...drawn} /> : <Lying {...drawn} />)}
    </div>
  );
}
