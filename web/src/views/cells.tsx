// Every cell of a battery, or of all of them side by side.
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { cellVolts, milliVolts, moment, number, signedMilliVolts } from "../format";
import { t } from "../i18n";
import { cellRows, worstFirst, type CellRow } from "../judge";
import { Bars, type Line } from "../parts/bars";
import { Fact } from "../parts/fact";
import { Age, AlarmList, Marks } from "../parts/marks";
import { cellsOf } from "../route";
import { loadSettings, numberOf } from "../settings";
import { batteries, type Entry } from "../store";
import type { Battery } from "../types";
import { BatteryDetails } from "./details";

function cellLines(): Line[] {
  const all = [
    ["MIN_CELL_VOLTAGE", t("line.min")],
    ["FLOAT_CELL_VOLTAGE", t("line.float")],
    ["MAX_CELL_VOLTAGE", t("line.max")],
  ] as const;
  return all.flatMap(([name, text]) => {
    const volts = numberOf(name);
    return volts === undefined ? [] : [{ volts, text }];
  });
}

function Table({ rows }: { rows: CellRow[] }) {
  return (
    <details class="table">
      <summary>{t("cells.table")}</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("cell")}</th>
            <th scope="col">{t("voltage")} (V)</th>
            <th scope="col">{t("deviation")} (mV)</th>
            <th scope="col">{t("is.balancing")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((cell) => (
            <tr key={cell.number}>
              <th scope="row">{cell.number}</th>
              <td>{number(cell.volts, 3)}</td>
              <td>{cell.deviation === undefined ? "–" : signedMilliVolts(cell.deviation)}</td>
              <td>{cell.balancing === undefined ? "–" : t(cell.balancing ? "yes" : "no")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function summary(battery: Battery, rows: CellRow[]): string {
  const known = rows.filter((cell) => cell.volts !== undefined);
  const low = known.reduce((a, b) => (b.volts! < a.volts! ? b : a));
  const high = known.reduce((a, b) => (b.volts! > a.volts! ? b : a));
  return t("cells.summary", {
    count: known.length,
    name: battery.name,
    min: cellVolts(low.volts),
    minCell: low.number,
    max: cellVolts(high.volts),
    maxCell: high.number,
    delta: milliVolts(high.volts! - low.volts!),
  });
}

function Numbers({ rows }: { rows: CellRow[] }) {
  const values = rows.flatMap((cell) => cell.volts ?? []);
  const least = Math.min(...values);
  const most = Math.max(...values);
  const cellAt = (volts: number) => rows.find((cell) => cell.volts === volts)?.number;
  return (
    <dl class="facts strip">
      <Fact name={`▼ ${t("cell.lowest")} (${cellAt(least)})`}>{cellVolts(least)}</Fact>
      <Fact name={t("cell.mean")}>{cellVolts(values.reduce((a, b) => a + b, 0) / values.length)}</Fact>
      <Fact name={`▲ ${t("cell.highest")} (${cellAt(most)})`}>{cellVolts(most)}</Fact>
      <Fact name={t("difference")}>{milliVolts(most - least)}</Fact>
    </dl>
  );
}

/** What a battery that is lost told last stays to be seen, as what it is: old. */
function CellsPanel({ entry, whole, one }: { entry: Entry; whole: boolean; one: boolean }) {
  const { battery } = entry;
  const frozen = !battery.cells.online;
  const rows = cellRows(frozen ? (entry.last?.cells ?? battery.cells) : battery.cells, battery.state.cell_count);
  const Title = one ? "h1" : "h2";
  return (
    <section class={frozen ? "panel cells frozen" : "panel cells"} aria-label={battery.name}>
      <div class="head">
        <Title>{one ? battery.name : <a href={cellsOf(battery.id)}>{battery.name}</a>}</Title>
        <Age entry={entry} />
      </div>
      <Marks battery={battery} />
      {one && <AlarmList battery={battery} />}
      {frozen && rows.length > 0 && <p class="gone">{t("last.values", { time: moment(entry.last?.at) })}</p>}
      {rows.length === 0 ? (
        <p class="gone">{frozen ? t("no.values", { time: moment(battery.state.last_seen) }) : t("cells.none")}</p>
      ) : (
        <>
          <Numbers rows={rows} />
          <Bars rows={rows} lines={cellLines()} whole={whole} label={summary(battery, rows)} />
          <Table rows={rows} />
        </>
      )}
    </section>
  );
}

function Legend() {
  return (
    <p class="legend" aria-hidden="true">
      <span class="low">▼ {t("cells.legend.low")}</span>
      <span class="high">▲ {t("cells.legend.high")}</span>
      <span class="balancing">⇄ {t("cells.legend.balancing")}</span>
    </p>
  );
}

function Choice({ list, id }: { list: Battery[]; id: string }) {
  if (list.length < 2) return null;
  return (
    <select
      aria-label={t("cells.choose")}
      value={id}
      onChange={(event) => (location.hash = event.currentTarget.value ? cellsOf(event.currentTarget.value) : "#/cells")}
    >
      <option value="">{t("cells.all")}</option>
      {list.map((battery) => (
        <option key={battery.id} value={battery.id}>
          {battery.name}
        </option>
      ))}
    </select>
  );
}

function Scale({ whole, change }: { whole: boolean; change: (whole: boolean) => void }) {
  return (
    <div class="choice" role="group" aria-label={t("cells.range")}>
      <button type="button" aria-pressed={!whole} onClick={() => change(false)}>
        {t("cells.near")}
      </button>
      <button type="button" aria-pressed={whole} onClick={() => change(true)}>
        {t("cells.full")}
      </button>
    </div>
  );
}

export function CellsView({ id }: { id: string }) {
  const whole = useSignal(false);
  useEffect(() => void loadSettings(), []);
  const all = batteries.value;
  const list = worstFirst([...all.values()].map((entry) => entry.battery));
  const single = list.filter((battery) => !battery.bank);
  const one = all.get(id) ?? (single.length === 1 ? all.get(single[0]!.id) : undefined);
  return (
    <>
      <div class="tools">
        <Choice list={list} id={one?.battery.id ?? ""} />
        <Scale whole={whole.value} change={(next) => (whole.value = next)} />
        <Legend />
      </div>
      {one ? (
        <>
          <CellsPanel entry={one} whole={whole.value} one />
          <BatteryDetails key={one.battery.id} battery={one.battery} />
        </>
      ) : (
        <>
          <h1 class="hidden">{t("nav.cells")}</h1>
          <div class="many">
            {single.map((battery) => (
              <CellsPanel key={battery.id} entry={all.get(battery.id)!} whole={whole.value} one={false} />
            ))}
          </div>
        </>
      )}
    </>
  );
}
