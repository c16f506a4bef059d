import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { de } from "../src/de";
import { en } from "../src/en";

const marks = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe("texts", () => {
  it("say the same in both languages, with the same values in them", () => {
    expect(Object.keys(de)).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en)) expect(marks(de[key as keyof typeof en]), key).toEqual(marks(text));
  });
  it("are there for every alarm, mode and reason of the daemon", () => {
    const source = (path: string) => readFileSync(new URL("../../src/" + path, import.meta.url), "utf8");
    const list = (text: string, name: string) =>
      [...text.slice(text.indexOf(name)).split("};")[0]!.matchAll(/"([a-z_]+)"/g)].map((found) => found[1]!);
    const state = source("site/state_json.cpp");
    const alarms = list(source("model/telemetry.h"), "alarm_names{");
    const modes = list(state, "mode_keys[]{");
    const reasons = list(state, "reason_keys[]{");
    expect([alarms.length, modes.length > 5, reasons.length > 7]).toEqual([15, true, true]);
    for (const name of alarms) expect(en).toHaveProperty(["alarm." + name]);
    for (const name of modes) expect(en).toHaveProperty(["mode." + name]);
    for (const name of reasons.filter((one) => one !== "other"))
      expect(Object.keys(en).some((key) => key.startsWith("why." + name)), name).toBe(true);
  });
});
