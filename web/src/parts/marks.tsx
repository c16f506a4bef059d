// The state of a battery in a few words, each with a sign of its own: never by colour alone.
import { duration } from "../format";
import { known, t, type Key } from "../i18n";
import { alarmsOf, fresh, marksOf, type Mark } from "../judge";
import { ageOf, tick, type Entry } from "../store";
import type { Battery } from "../types";

const signs: Record<Mark, string> = {
  lost: "✕",
  alarm: "⚠",
  warning: "!",
  noCharge: "⊘",
  noDischarge: "⊘",
  charging: "▲",
  discharging: "▼",
  idle: "■",
  balancing: "⇄",
  heating: "♨",
};

/** `but`: one that is told beside it already. */
export function Marks({ battery, but }: { battery: Battery; but?: Mark | undefined }) {
  const marks = marksOf(battery).filter((mark) => mark !== but);
  if (marks.length === 0) return null;
  return (
    <ul class="marks">
      {marks.map((mark) => (
        <li key={mark} class={"mark " + mark}>
          <b aria-hidden="true">{signs[mark]}</b>
          {t(("is." + mark) as Key)}
        </li>
      ))}
    </ul>
  );
}

export function alarmText({ name }: { name: string }): string {
  const key = known("alarm." + name);
  return key ? t(key) : name.replaceAll("_", " ");
}

export function AlarmList({ battery }: { battery: Battery }) {
  const alarms = alarmsOf(battery.state);
  if (alarms.length === 0) return null;
  return (
    <ul class="alarms">
      {alarms.map((alarm) => (
        <li key={alarm.name} class={alarm.level >= 2 ? "alarm" : "warning"}>
          <b>{t(alarm.level >= 2 ? "is.alarm" : "is.warning")}</b> {alarmText(alarm)}
        </li>
      ))}
    </ul>
  );
}

/** "2 s ago"; said louder when it is old. */
export function Age({ entry }: { entry: Entry }) {
  const age = ageOf(entry, tick.value);
  const old = age > fresh;
  return (
    <span class={old ? "age old" : "age"}>
      {old && <b>{t("old")}: </b>}
      {age < 1.5 ? t("now") : t("ago", { age: duration(age) })}
    </span>
  );
}
