import { describe, expect, it } from "vitest";
import { house } from "../browser/batteries.mjs";
import {
  alarmsOf,
  cellRows,
  marksOf,
  modeExtras,
  movementOf,
  nearScale,
  reasonOf,
  wholeScale,
  worstFirst,
} from "../src/judge";
import type { Battery, CurrentLimit } from "../src/types";

const [bank, left, right, shed] = house() as unknown as [Battery, Battery, Battery, Battery];
const limit = (text: string, applied = 10, target = 10): CurrentLimit => ({ allowed: true, text, applied, target });

describe("what is wrong with a battery", () => {
  it("says nothing measured of one that is lost", () => {
    expect(marksOf(shed)).toEqual(["lost"]);
  });
  it("tells the worst first", () => {
    expect(marksOf(right)).toEqual(["warning", "charging", "balancing"]);
    const blocked = { ...left, state: { ...left.state, charge_allowed: false, alarms: { low_soc: 2, high_voltage: 1 } } };
    expect(marksOf(blocked)).toEqual(["alarm", "noCharge", "charging"]);
    expect(alarmsOf(blocked.state).map((alarm) => alarm.name)).toEqual(["low_soc", "high_voltage"]);
  });
  it("has no direction without a current", () => {
    const state = { ...left.state };
    delete state.current;
    expect(marksOf({ ...left, state })).toEqual([]);
  });
  it("sorts the worst first, and else by name, numbers as numbers", () => {
    const named = ["Pack 10", "Pack 9"].map((name) => ({ ...left, name }));
    expect(worstFirst([...named, right, shed]).map((battery) => battery.name)).toEqual([
      "Shed",
      "Rack right",
      "Pack 9",
      "Pack 10",
    ]);
    expect(worstFirst([left, bank])[0]!.name).toBe("House");
  });
});

describe("why a limit is what it is", () => {
  it("knows each limiter, also several, also while it is held", () => {
    expect(reasonOf(limit("Max Battery Charge Current")).keys).toEqual(["maximum"]);
    expect(reasonOf(limit("Temp, MOSFET")).keys).toEqual(["temperature", "mosfet_temperature"]);
    expect(reasonOf(limit("BMS Settings, BMS")).keys).toEqual(["bms_settings", "bms"]);
    expect(reasonOf(limit("Cell Voltage *"))).toEqual({ keys: ["cell_voltage"], text: "Cell Voltage", held: true });
  });
  it("does not guess at another text", () => {
    expect(reasonOf(limit("Rack left: Cell Voltage")).keys).toEqual([]);
    expect(reasonOf(limit("Cell Voltage, something new")).keys).toEqual([]);
  });
  it("sees where it goes", () => {
    expect(movementOf(limit("", 10, 50))).toBe("rising");
    expect(movementOf(limit("", 50, 10))).toBe("falling");
    expect(movementOf(limit("", 10, 10.01))).toBeUndefined();
    expect(movementOf({ allowed: false, text: "" })).toBeUndefined();
  });
  it("reads what stands beside the mode", () => {
    expect(modeExtras("Absorption (Cell OVP*) & SoC Reset + Balancing + Heating │ Linear Mode")).toEqual([
      "ovp",
      "reset",
      "balancing",
      "heating",
    ]);
    expect(modeExtras("Float │ Linear Mode")).toEqual([]);
  });
});

describe("cells", () => {
  it("keeps the place of one that is not known", () => {
    const rows = cellRows({ online: true, voltages: { 1: 3.3, 3: 3.4 }, balancing: { 3: true } }, 4);
    expect(rows.map((cell) => cell.volts)).toEqual([3.3, undefined, 3.4, undefined]);
    expect(rows[1]!.deviation).toBeUndefined();
    expect(rows[0]!.deviation).toBeCloseTo(-0.05);
    expect(rows[0]!.lowest && rows[2]!.highest && rows[2]!.balancing).toBe(true);
    expect(rows[0]!.balancing).toBeUndefined();
  });
  it("marks none where all are the same", () => {
    const rows = cellRows({ online: true, voltages: { 1: 3.3, 2: 3.3 } });
    expect(rows.some((cell) => cell.lowest || cell.highest)).toBe(false);
  });
  it("is nothing without values", () => {
    expect(cellRows({ online: false }, 16)).toEqual([]);
  });
  it("shows at least 50 mV, with room for all", () => {
    const [low, high] = nearScale(cellRows({ online: true, voltages: { 1: 3.301, 2: 3.302 } }));
    expect(high - low).toBeGreaterThanOrEqual(0.05);
    const rows = cellRows(right.cells);
    const [least, most] = nearScale(rows);
    expect(least).toBeLessThan(3.41);
    expect(most).toBeGreaterThan(3.487);
  });
  it("shows all of them and the lines on the whole scale", () => {
    const rows = cellRows({ online: true, voltages: { 1: 2.1, 2: 3.3 } });
    expect(wholeScale(rows, [4.2])).toEqual([2.1, 4.2]);
  });
});
