// The bank, or the only battery, large; what it may do and why; then a card for every battery, the worst first.
import {
  ampHours,
  amps,
  degrees,
  duration,
  kiloWattHours,
  milliVolts,
  moment,
  number,
  percent,
  volts,
  watts,
} from "../format";
import { t } from "../i18n";
import { cellRows, flowOf, worstFirst } from "../judge";
import { Fact } from "../parts/fact";
import { LimitsPanel } from "../parts/limits";
import { Age, AlarmList, Marks } from "../parts/marks";
import { Ring } from "../parts/ring";
import { cellsOf } from "../route";
import { batteries, type Entry } from "../store";
import type { Battery, State } from "../types";

function Power({ state }: { state: State }) {
  const flow = flowOf(state);
  return (
    <p class={"power " + (flow ?? "")}>
      <b aria-hidden="true">{flow === "charging" ? "▲" : flow === "discharging" ? "▼" : "■"}</b>
      <strong>{watts(state.power === undefined ? undefined : Math.abs(state.power))}</strong>
      <span>{flow ? t(`is.${flow}`) : t("power")}</span>
    </p>
  );
}

/** Towards full while it charges, towards empty while it discharges. */
export function toGo(state: State): string {
  const flow = flowOf(state);
  return t(flow === "charging" ? "togo.full" : flow === "discharging" ? "togo.empty" : "togo");
}

function Hero({ entry }: { entry: Entry }) {
  const { battery } = entry;
  const { state } = battery;
  return (
    <section class="panel hero" aria-label={battery.name}>
      <div class="head">
        <h1>{battery.name}</h1>
        {battery.bank && <span class="sub">{t("is.bank")}</span>}
        <Age entry={entry} />
      </div>
      <Ring value={state.soc} />
      <div class="flow">
        <Power state={state} />
        <dl class="facts">
          <Fact name={t("voltage")}>{volts(state.voltage)}</Fact>
          <Fact name={t("current")}>{amps(state.current)}</Fact>
          <Fact name={toGo(state)}>{duration(state.time_to_go)}</Fact>
          <Fact name={t("remaining")}>{ampHours(state.capacity_remaining)}</Fact>
          <Fact name={t("energy")}>{kiloWattHours(state.energy_stored)}</Fact>
          <Fact name={t("difference")}>{milliVolts(state.cell_delta)}</Fact>
        </dl>
        <Marks battery={battery} but={flowOf(state)} />
        <AlarmList battery={battery} />
      </div>
    </section>
  );
}

/** The cells as small bars; the numbers stand beside it and on the page of the cells. */
function Glance({ battery }: { battery: Battery }) {
  const rows = cellRows(battery.cells);
  if (rows.length === 0) return null;
  const values = rows.flatMap((row) => row.volts ?? []);
  const middle = (Math.min(...values) + Math.max(...values)) / 2;
  const room = Math.max(0.05, (Math.max(...values) - Math.min(...values)) * 1.25);
  const width = 100 / rows.length;
  return (
    <svg class="glance" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      {rows.map((row) => {
        if (row.volts === undefined) return null;
        const height = 2 + 18 * Math.min(1, Math.max(0, (row.volts - middle) / room + 0.5));
        const kind = row.highest ? "high" : row.lowest ? "low" : row.balancing ? "balancing" : "";
        return (
          <rect
            key={row.number}
            class={kind}
            x={(row.number - 1) * width + width * 0.14}
            width={width * 0.72}
            y={20 - height}
            height={height}
          />
        );
      })}
    </svg>
  );
}

function temperatures(state: State): string {
  const all = Object.values(state.temperatures ?? {});
  if (all.length === 0) return degrees(state.temperature);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  return least === most ? degrees(least) : number(least, 1) + " … " + degrees(most);
}

function Card({ entry, Title }: { entry: Entry; Title: "h2" | "h3" }) {
  const { battery } = entry;
  const { state } = battery;
  return (
    <li>
      <a class={state.online ? "panel card" : "panel card lost"} href={cellsOf(battery.id)}>
        <div class="head">
          <Title>{battery.name}</Title>
          <Age entry={entry} />
        </div>
        {state.online ? (
          <>
            <div class="line">
              <strong>{percent(state.soc)}</strong>
              <span>{watts(state.power)}</span>
              <span>{amps(state.current)}</span>
            </div>
            <div class="meter" aria-hidden="true">
              <i style={{ width: `${Math.min(100, Math.max(0, state.soc ?? 0))}%` }} />
            </div>
            <dl class="facts">
              <Fact name={t("difference")}>{milliVolts(state.cell_delta)}</Fact>
              <Fact name={t("coldhot")}>{temperatures(state)}</Fact>
            </dl>
            <Glance battery={battery} />
          </>
        ) : (
          <p class="gone">{t("no.values", { time: moment(state.last_seen) })}</p>
        )}
        <Marks battery={battery} />
        <AlarmList battery={battery} />
      </a>
    </li>
  );
}

export function Overview() {
  const all = batteries.value;
  const list = worstFirst([...all.values()].map((entry) => entry.battery));
  const main = list.find((battery) => battery.bank) ?? (list.length === 1 ? list[0] : undefined);
  const hero = main && all.get(main.id);
  const cards = list.filter((battery) => !battery.bank);
  return (
    <>
      {hero ? (
        <div class="top">
          <Hero entry={hero} />
          <LimitsPanel battery={hero.battery} />
        </div>
      ) : (
        <h1 class="quiet">{t("batteries")}</h1>
      )}
      {hero && <h2 class="quiet">{t("batteries")}</h2>}
      <ul class="cards">
        {cards.map((battery) => (
          <Card key={battery.id} entry={all.get(battery.id)!} Title={hero ? "h3" : "h2"} />
        ))}
      </ul>
    </>
  );
}
