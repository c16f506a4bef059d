import { afterEach, describe, expect, it } from "vitest";
import {
  amps,
  cellVolts,
  duration,
  milliVolts,
  moment,
  percent,
  signedMilliVolts,
  soc,
  volts,
  watts,
} from "../src/format";
import { language } from "../src/prefs";

afterEach(() => (language.value = "en"));
const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("numbers", () => {
  it("are a dash where nothing is known", () => {
    for (const show of [volts, cellVolts, amps, milliVolts, watts, percent, duration]) expect(show(undefined)).toBe("–");
    expect(volts(NaN)).toBe("–");
    expect(moment(undefined)).toBe("–");
    expect(moment("nonsense")).toBe("–");
  });
  it("have the decimals of what they are", () => {
    expect(plain(volts(53.6))).toBe("53.60 V");
    expect(plain(cellVolts(3.3))).toBe("3.300 V");
    expect(plain(amps(-12.34))).toBe("−12.3 A");
    expect(plain(watts(-999.6))).toBe("−1,000 W");
    expect(plain(watts(2321.7))).toBe("2.32 kW");
  });
  it("are never minus zero", () => {
    expect(plain(amps(-0.01))).toBe("0.0 A");
    expect(signedMilliVolts(-0.0001)).toBe("±0");
    expect(signedMilliVolts(0.012)).toBe("+12");
    expect(signedMilliVolts(-0.012)).toBe("−12");
  });
  it("follow the language", () => {
    language.value = "de";
    expect(plain(volts(53.6))).toBe("53,60 V");
    expect(plain(duration(200000))).toBe("2,3 Tage");
  });
});

describe("the state of charge", () => {
  it("is full only when it is, and empty only when it is", () => {
    expect([100, 99.9, 99.4, 50.4, 0.2, 0].map(soc)).toEqual(["100", "99", "99", "50", "1", "0"]);
  });
});

describe("a duration", () => {
  it("has the units people use", () => {
    expect([4, 89, 90, 5399, 5400, 9130, 200000].map((s) => plain(duration(s)))).toEqual([
      "4 s",
      "89 s",
      "2 min",
      "1 h 30 min",
      "1 h 30 min",
      "2 h 32 min",
      "2.3 days",
    ]);
  });
});
