// What the numbers mean to a reader: what is wrong with a battery, how bad, and why a limit is what it is. Pure.
import type { Battery, CurrentLimit, State } from "./types";

export type Direction = "charge" | "discharge";
export type Mark =
  | "lost"
  | "alarm"
  | "warning"
  | "noCharge"
  | "noDischarge"
  | "charging"
  | "discharging"
  | "idle"
  | "balancing"
  | "heating";

const flowing = 0.05; // A
/** s; values older than that are said to be old even before the daemon gives the battery up. Slow batteries, those of
 * Bluetooth among them, take up to twenty seconds for a cycle. */
export const fresh = 30;

/** Names of the alarms that stand, those of level 2 first. */
export function alarmsOf(state: State): { name: string; level: number }[] {
  return Object.entries(state.alarms ?? {})
    .filter(([, level]) => level > 0)
    .map(([name, level]) => ({ name, level }))
    .sort((a, b) => b.level - a.level);
}

export function flowOf(state: State): "charging" | "discharging" | "idle" | undefined {
  if (state.current === undefined) return undefined;
  return state.current > flowing ? "charging" : state.current < -flowing ? "discharging" : "idle";
}

/** In the order they are shown, the worst first. */
export function marksOf(battery: Battery): Mark[] {
  const { state } = battery;
  const worst = alarmsOf(state)[0]?.level ?? 0;
  const marks: Mark[] = [];
  if (!state.online) marks.push("lost");
  if (worst >= 2) marks.push("alarm");
  else if (worst === 1) marks.push("warning");
  if (!state.online) return marks;
  if (state.charge_allowed === false) marks.push("noCharge");
  if (state.discharge_allowed === false) marks.push("noDischarge");
  const flow = flowOf(state);
  if (flow) marks.push(flow);
  if (state.balancing) marks.push("balancing");
  if (state.heating) marks.push("heating");
  return marks;
}

function badness(battery: Battery): number {
  const mark = marksOf(battery)[0];
  return mark === "lost" ? 4 : mark === "alarm" ? 3 : mark === "warning" ? 2 : mark?.startsWith("no") ? 1 : 0;
}

/** Worst first, then by name: a card moves only when something happens, not with every number. */
export function worstFirst(all: Iterable<Battery>): Battery[] {
  return [...all].sort(
    (a, b) =>
      badness(b) - badness(a) || a.name.localeCompare(b.name, undefined, { numeric: true }) || a.instance - b.instance,
  );
}

/** Limiters by their names in the text of a limit, which may name several, with a star while it waits to rise. */
const limiters: [string, string][] = [
  ["Max Battery Charge Current", "maximum"],
  ["Max Battery Discharge Current", "maximum"],
  ["Cell Voltage", "cell_voltage"],
  ["Cells missing", "cells_missing"],
  ["Temp", "temperature"],
  ["MOSFET", "mosfet_temperature"],
  ["SoC", "soc"],
  ["BMS Settings", "bms_settings"],
  ["BMS", "bms"],
];

export interface Reason {
  keys: string[]; // of the limiters; empty: none of the known ones
  text: string; // as the daemon says it
  held: boolean;
}

export function reasonOf(limit: CurrentLimit): Reason {
  const held = limit.text.endsWith(" *");
  const text = held ? limit.text.slice(0, -2) : limit.text;
  const keys = text.split(", ").map((part) => limiters.find(([name]) => part === name)?.[1]);
  return { keys: keys.every((key) => key !== undefined) ? (keys as string[]) : [], text, held };
}

/** Unit of what a limiter looks at. */
export function unitOf(key: string | undefined): "V" | "degC" | "%" | undefined {
  if (key === "cell_voltage") return "V";
  if (key === "temperature" || key === "mosfet_temperature") return "degC";
  return key === "soc" ? "%" : undefined;
}

export function movementOf(limit: CurrentLimit): "rising" | "falling" | undefined {
  if (limit.applied === undefined || limit.target === undefined) return undefined;
  if (limit.target > limit.applied + 0.05) return "rising";
  return limit.target < limit.applied - 0.05 ? "falling" : undefined;
}

/** "Bulk (Cell OVP) + Balancing │ Linear Mode": what is said beside the mode. */
export function modeExtras(text: string): ("ovp" | "reset" | "balancing" | "heating")[] {
  const all = [
    ["(Cell OVP", "ovp"],
    ["& SoC Reset", "reset"],
    ["+ Balancing", "balancing"],
    ["+ Heating", "heating"],
  ] as const;
  return all.filter(([part]) => text.includes(part)).map(([, key]) => key);
}

export interface CellRow {
  number: number;
  volts: number | undefined;
  deviation: number | undefined; // V, from the mean
  balancing: boolean | undefined; // not told by every BMS
  lowest: boolean;
  highest: boolean;
}

/** All cells of a battery, also those in between that are not known. */
export function cellRows(cells: Battery["cells"], count?: number): CellRow[] {
  const volts = cells.voltages ?? {};
  const numbers = Object.keys(volts).map(Number);
  const values = Object.values(volts);
  if (values.length === 0) return [];
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const least = Math.min(...values);
  const most = Math.max(...values);
  const length = Math.max(count ?? 0, ...numbers);
  return Array.from({ length }, (_, index) => {
    const value = volts[index + 1];
    const apart = most > least && value !== undefined;
    return {
      number: index + 1,
      volts: value,
      deviation: value === undefined ? undefined : value - mean,
      balancing: cells.balancing?.[index + 1],
      lowest: apart && value === least,
      highest: apart && value === most,
    };
  });
}

/** The part of the scale that is shown: at least 50 mV, on steps of 10 mV, so that it seldom moves. */
export function nearScale(rows: CellRow[]): [number, number] {
  const values = rows.flatMap((row) => row.volts ?? []);
  const least = Math.min(...values);
  const most = Math.max(...values);
  const room = Math.max(0.05, (most - least) * 1.5);
  const middle = (least + most) / 2;
  const step = room > 0.3 ? 0.05 : 0.01;
  const low = Math.floor((middle - room / 2) / step) * step;
  const high = Math.ceil((middle + room / 2) / step) * step;
  return [Math.max(0, Math.round(low * 1000) / 1000), Math.round(high * 1000) / 1000];
}

export function wholeScale(rows: CellRow[], lines: number[]): [number, number] {
  const values = [...rows.flatMap((row) => row.volts ?? []), ...lines];
  return [Math.min(2.5, ...values), Math.max(3.65, ...values)];
}
