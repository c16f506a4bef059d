// Numbers and times as people read them: cells with three decimals, packs with two, currents with one; a dash for what
// is not known. The unit is kept on the line of its number.
import { language } from "./prefs";

/** The region of the reader where the language is his, too: 14:05 and 2:05 PM are both English. */
const locale = () => navigator.languages.find((one) => one.toLowerCase().startsWith(language.value)) ?? language.value;

const dash = "–";
const space = "\u00a0";
const formats = new Map<string, Intl.NumberFormat>();

export function number(value: number | undefined, decimals: number): string {
  if (value === undefined || !Number.isFinite(value)) return dash;
  const key = language.value + decimals;
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    formats.set(key, format);
  }
  const shown = format.format(value);
  return (/[1-9]/.test(shown) ? shown : shown.replace("-", "")).replace("-", "−");
}

const unit = (value: number | undefined, decimals: number, name: string) =>
  value === undefined || !Number.isFinite(value) ? dash : number(value, decimals) + space + name;

export const volts = (value?: number) => unit(value, 2, "V");
export const cellVolts = (value?: number) => unit(value, 3, "V");
export const amps = (value?: number) => unit(value, 1, "A");
export const ampHours = (value?: number) => unit(value, 1, "Ah");
export const kiloWattHours = (value?: number) => unit(value, 2, "kWh");
export const degrees = (value?: number) => unit(value, 1, "°C");
export const milliVolts = (value?: number) => unit(value === undefined ? undefined : value * 1000, 0, "mV");
export const watts = (value?: number) =>
  value !== undefined && Math.abs(value) >= 1000 ? unit(value / 1000, 2, "kW") : unit(value, 0, "W");

/** Whole percent; 100 only when it is full, 0 only when it is empty. */
export function soc(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return dash;
  const whole = Math.round(value);
  return number(whole >= 100 && value < 100 ? 99 : whole <= 0 && value > 0 ? 1 : whole, 0);
}

export const percent = (value: number | undefined) => (value === undefined ? dash : soc(value) + space + "%");

export function signedMilliVolts(value: number): string {
  const whole = Math.round(value * 1000);
  return (whole > 0 ? "+" : whole === 0 ? "±" : "") + number(whole, 0);
}

/** "2 h 5 min" of seconds. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined || !Number.isFinite(seconds)) return dash;
  const s = Math.max(0, Math.round(seconds));
  if (s < 90) return s + space + "s";
  const minutes = Math.round(s / 60);
  if (minutes < 90) return minutes + space + "min";
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return hours + space + "h " + String(minutes % 60).padStart(2, "0") + space + "min";
  return number(hours / 24, 1) + space + (language.value === "de" ? "Tage" : "days");
}

/** The time of the day, with the day when it was another one. */
export function moment(iso: string | undefined): string {
  const date = new Date(iso ?? "");
  if (Number.isNaN(date.getTime())) return dash;
  const today = date.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale(), {
    timeStyle: "short",
    ...(today ? {} : { dateStyle: "medium" }),
  }).format(date);
}
