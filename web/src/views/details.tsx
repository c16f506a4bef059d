// What there is to know of one battery beside its cells, and what it can be told.
import { ampHours, amps, degrees, duration, kiloWattHours, number, percent, volts, watts } from "../format";
import { t } from "../i18n";
import { Controls } from "../parts/controls";
import { Fact } from "../parts/fact";
import { LimitsPanel } from "../parts/limits";
import type { Battery } from "../types";
import { toGo } from "./overview";

const onOff = (value: boolean | undefined) => (value === undefined ? "–" : t(value ? "on" : "off"));

function Values({ battery: { state } }: { battery: Battery }) {
  const mosfet = state.temperature_mosfet;
  return (
    <section class="panel">
      <h2>{t("values")}</h2>
      <dl class="facts">
        <Fact name={t("soc")}>{percent(state.soc)}</Fact>
        <Fact name={t("voltage")}>{volts(state.voltage)}</Fact>
        <Fact name={t("current")}>{amps(state.current)}</Fact>
        <Fact name={t("power")}>{watts(state.power)}</Fact>
        <Fact name={toGo(state)}>{duration(state.time_to_go)}</Fact>
        <Fact name={t("remaining")}>{ampHours(state.capacity_remaining)}</Fact>
        <Fact name={t("capacity")}>{ampHours(state.capacity)}</Fact>
        <Fact name={t("cycles")}>{number(state.cycles, 0)}</Fact>
        {state.soh !== undefined && <Fact name={t("soh")}>{percent(state.soh)}</Fact>}
        {Object.entries(state.temperatures ?? {}).map(([n, value]) => (
          <Fact key={n} name={t("temperature.n", { n })}>
            {degrees(value)}
          </Fact>
        ))}
        {mosfet !== undefined && <Fact name={t("temperature.mosfet")}>{degrees(mosfet)}</Fact>}
        <Fact name={t("switch.charge")}>{onOff(state.charge_fet)}</Fact>
        <Fact name={t("switch.discharge")}>{onOff(state.discharge_fet)}</Fact>
        <Fact name={t("energy.charged")}>{kiloWattHours(state.energy_charged)}</Fact>
        <Fact name={t("energy.discharged")}>{kiloWattHours(state.energy_discharged)}</Fact>
      </dl>
    </section>
  );
}

function About({ battery }: { battery: Battery }) {
  const { state } = battery;
  const all: [string, string | undefined][] = [
    [t("about.type"), state.type],
    [t("about.model"), [state.manufacturer, state.model_name].filter(Boolean).join(" ")],
    [t("about.hardware"), state.hardware_version],
    [t("about.firmware"), state.firmware_version],
    [t("about.serial"), state.serial_number],
    [t("about.port"), battery.port],
    [t("about.instance"), String(battery.instance)],
    [t("about.id"), battery.unique_id],
  ];
  return (
    <section class="panel">
      <h2>{t("about")}</h2>
      <dl class="facts long">
        {all.flatMap(([name, value]) =>
          value ? (
            <Fact key={name} name={name}>
              {value}
            </Fact>
          ) : (
            []
          ),
        )}
      </dl>
    </section>
  );
}

export function BatteryDetails({ battery }: { battery: Battery }) {
  return (
    <div class="details">
      <LimitsPanel battery={battery} />
      <Values battery={battery} />
      <About battery={battery} />
      <Controls battery={battery} />
    </div>
  );
}
