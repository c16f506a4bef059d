import { beforeEach, describe, expect, it } from "vitest";
import { house } from "../browser/batteries.mjs";
import { ageOf, batteries, complete, merged, take } from "../src/store";
import type { Battery } from "../src/types";

const left = house()[1] as unknown as Battery;
const one = () => batteries.value.get(left.id)!;

beforeEach(() => {
  batteries.value = new Map();
  complete.value = false;
});

describe("a change of the stream", () => {
  it("replaces what is told, within objects too, and leaves the rest", () => {
    const before = { a: 1, b: { c: 1, d: 2 }, list: [1, 2] };
    expect(merged(before, { b: { c: 5 }, list: [3] })).toEqual({ a: 1, b: { c: 5, d: 2 }, list: [3] });
    expect(before.b.c).toBe(1);
  });
  it("takes away what is null", () => {
    expect(merged({ a: 1, b: { c: 1 } }, { a: null, b: { c: null } })).toEqual({ b: {} });
  });
});

describe("what is known", () => {
  it("follows the events", () => {
    take("hello", { version: "1", batteries: [left.id] }, 0);
    expect(complete.value).toBe(true);
    take("battery", left, 0);
    take("change", { id: left.id, state: { soc: 79 } }, 1000);
    expect(one().battery.state.soc).toBe(79);
    expect(one().battery.state.voltage).toBe(53.62);
    take("left", { id: left.id }, 2000);
    expect(batteries.value.size).toBe(0);
  });
  it("drops what went while nothing was heard", () => {
    take("battery", left, 0);
    take("hello", { version: "1", batteries: ["another"] }, 1000);
    expect(batteries.value.size).toBe(0);
  });
  it("ignores a change of a battery it does not know, and what is no object", () => {
    take("change", { id: "nobody", state: { soc: 1 } }, 0);
    take("battery", "nonsense", 0);
    expect(batteries.value.size).toBe(0);
  });
  it("keeps the last cells of one that is lost, as old ones", () => {
    take("battery", left, 0);
    take("change", { id: left.id, state: { online: false, soc: null }, cells: { online: false, voltages: null } }, 1000);
    expect(one().battery.cells.voltages).toBeUndefined();
    expect(one().battery.state.soc).toBeUndefined();
    expect(one().last?.cells.voltages).toEqual(left.cells.voltages);
    expect(one().last?.at).toBe(left.state.last_seen);
  });
  it("lets values age while nothing is heard", () => {
    take("battery", left, 5000);
    expect(ageOf(one(), 12000)).toBe(7);
    take("change", { id: left.id, state: { age: 3 } }, 12000);
    expect(ageOf(one(), 12500)).toBe(3.5);
  });
});
