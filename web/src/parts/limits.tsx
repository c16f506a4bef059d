// CVL, CCL and DCL with the reason in words; opened, with the numbers behind it.
import { amps, cellVolts, degrees, percent, volts } from "../format";
import { known, t, type Key } from "../i18n";
import { modeExtras, movementOf, reasonOf, unitOf, type Direction } from "../judge";
import type { Battery, Cause, CurrentLimit } from "../types";
import { Fact } from "./fact";

const inUnit = { V: cellVolts, degC: degrees, "%": percent };

/** The key of a text that may differ with the direction. */
function why(kind: "why" | "why.long", limiter: string, direction: Direction): Key | undefined {
  return known(`${kind}.${limiter}.${direction}`) ?? known(`${kind}.${limiter}`);
}

function words(limit: CurrentLimit, direction: Direction): string {
  const { keys, text } = reasonOf(limit);
  const told = keys.flatMap((key) => why("why", key, direction) ?? []).map((key) => t(key));
  return told.length > 0 ? told.join(", ") : text;
}

function rule(cause: Cause, show: (value?: number) => string): string | undefined {
  if (cause.point_low === undefined) return undefined;
  const low = show(cause.point_low);
  const lowLimit = amps(cause.limit_low);
  if (cause.point_high === undefined || cause.point_high === cause.point_low) return t("limit.point", { low, lowLimit });
  return t("limit.curve", { low, lowLimit, high: show(cause.point_high), highLimit: amps(cause.limit_high) });
}

/** The piece of the curve the value lies on, as a picture. */
function Curve({ cause }: { cause: Cause }) {
  const { measured, point_low: x0, point_high: x1, limit_low: y0, limit_high: y1, limit } = cause;
  if ([measured, x0, x1, y0, y1, limit].some((value) => value === undefined) || x0 === x1) return null;
  const top = Math.max(y0!, y1!, 0.1);
  const at = (x: number) => 10 + 180 * Math.min(1, Math.max(0, (x - x0!) / (x1! - x0!)));
  const up = (y: number) => 66 - 52 * (y / top);
  return (
    <svg class="curve" viewBox="0 0 200 76" aria-hidden="true">
      <path class="axis" d="M10 66h180" />
      <path class="drop" d={`M${at(measured!)} 66V${up(limit!)}`} />
      <path class="line" d={`M10 ${up(y0!)}L190 ${up(y1!)}`} />
      <circle cx={at(measured!)} cy={up(limit!)} r="5" />
    </svg>
  );
}

function Movement({ limit }: { limit: CurrentLimit }) {
  const movement = movementOf(limit);
  if (!movement) return null;
  const key = movement === "falling" ? "limit.falling" : "limit.rising";
  return (
    <p>
      {t(key, { applied: amps(limit.applied), target: amps(limit.target) })}
      {movement === "rising" && reasonOf(limit).held && " " + t("limit.held")}
    </p>
  );
}

function CurrentRow({ limit, direction, name }: { limit: CurrentLimit; direction: Direction; name: "ccl" | "dcl" }) {
  const { keys, text } = reasonOf(limit);
  const { cause } = limit;
  const decider = keys.find((key) => cause && reasonOf({ ...limit, text: cause.limiter }).keys[0] === key) ?? keys[0];
  const unit = unitOf(decider);
  const show = unit ? inUnit[unit] : (value?: number) => (value === undefined ? "–" : String(value));
  const long = decider ? why("why.long", decider, direction) : undefined;
  return (
    <details class={limit.allowed ? "limit" : "limit stop"}>
      <summary>
        <span class="name">
          {t(name)} <abbr>{t(`short.${name}`)}</abbr>
        </span>
        <span class="big">{amps(limit.applied)}</span>
        <span class="why">
          {!limit.allowed && <b>{t(direction === "charge" ? "is.noCharge" : "is.noDischarge")}: </b>}
          {words(limit, direction)}
        </span>
      </summary>
      <div class="more">
        {long && <p>{t(long)}</p>}
        <Movement limit={limit} />
        <dl class="facts">
          {cause?.measured !== undefined && <Fact name={t("limit.measured")}>{show(cause.measured)}</Fact>}
          {cause && rule(cause, show) && <Fact name={t("limit.rule")}>{rule(cause, show)}</Fact>}
          {cause?.limit !== undefined && <Fact name={t("limit.gives")}>{amps(cause.limit)}</Fact>}
          <Fact name={t("limit.applied")}>{amps(limit.applied)}</Fact>
          <Fact name={t("limit.target")}>{amps(limit.target)}</Fact>
          <Fact name={t("limit.by")}>{text || "–"}</Fact>
        </dl>
        {cause && <Curve cause={cause} />}
      </div>
    </details>
  );
}

function VoltageRow({ battery }: { battery: Battery }) {
  const { state } = battery;
  const limit = battery.limits.charge_voltage;
  const mode = state.charge_mode === "other" ? undefined : known("mode." + (state.charge_mode ?? ""));
  const extras = modeExtras(limit.mode).map((extra) => t(`mode.${extra}`));
  return (
    <details class="limit">
      <summary>
        <span class="name">
          {t("cvl")} <abbr>{t("short.cvl")}</abbr>
        </span>
        <span class="big">{volts(limit.applied)}</span>
        <span class="why">{[mode ? t(mode) : limit.mode, ...extras].join("; ") || "–"}</span>
      </summary>
      <div class="more">
        <dl class="facts">
          {limit.applied !== undefined && state.cell_count ? (
            <Fact name={t("limit.volt")}>{cellVolts(limit.applied / state.cell_count)}</Fact>
          ) : null}
          <Fact name={t("limit.measured")}>{volts(state.voltage)}</Fact>
          <Fact name={t("limit.low")}>{volts(limit.battery_low_voltage)}</Fact>
          <Fact name={t("limit.by")}>{limit.mode || "–"}</Fact>
        </dl>
      </div>
    </details>
  );
}

export function LimitsPanel({ battery }: { battery: Battery }) {
  return (
    <section class="panel limits" aria-label={t("limits")}>
      <h2>{t("limits")}</h2>
      <VoltageRow battery={battery} />
      <CurrentRow limit={battery.limits.charge_current} direction="charge" name="ccl" />
      <CurrentRow limit={battery.limits.discharge_current} direction="discharge" name="dcl" />
      <p class="hint">{t("limits.hint")}</p>
    </section>
  );
}
