// The batteries the page is tested with are such as the daemon tells of: held against its description of /api/v1.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { house, settings, sixteen } from "../browser/batteries.mjs";

interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

const api = JSON.parse(readFileSync(new URL("../../src/web/openapi.json", import.meta.url), "utf8")) as {
  components: { schemas: Record<string, Schema> };
  paths: Record<string, { get: { responses: Record<string, { content: Record<string, { schema: Schema }> }> } }>;
};

function wrong(value: unknown, schema: Schema, at: string): string[] {
  if (schema.$ref) return wrong(value, api.components.schemas[schema.$ref.split("/").pop()!]!, at);
  if (schema.type === "array")
    return Array.isArray(value) ? value.flatMap((one, n) => wrong(one, schema.items!, `${at}[${n}]`)) : [at];
  if (schema.type === "integer") return Number.isInteger(value) ? [] : [at];
  if (schema.type !== "object") return typeof value === schema.type ? [] : [at];
  const object = value as Record<string, unknown>;
  return [
    ...(schema.required ?? []).filter((name) => !(name in object)).map((name) => `${at}.${name} is missing`),
    ...Object.entries(object).flatMap(([name, one]) => {
      const inner = schema.properties?.[name] ?? schema.additionalProperties;
      if (inner === false) return [`${at}.${name} is not described`];
      return typeof inner === "object" ? wrong(one, inner, `${at}.${name}`) : [];
    }),
  ];
}

it("the batteries of the tests are as described", () => {
  for (const battery of [...house(), ...sixteen()])
    expect(wrong(battery, api.components.schemas.Battery!, battery.name)).toEqual([]);
});

it("the settings of the tests are as described", () => {
  const { schema } = api.paths["/api/v1/settings"]!.get.responses["200"]!.content["application/json"]!;
  expect(wrong(settings, schema, "settings")).toEqual([]);
});

it("what is wrong is found", () => {
  const broken = { ...house()[0]!, id: 3 };
  expect(wrong(broken, api.components.schemas.Battery!, "x")).toEqual(["x.id"]);
});
