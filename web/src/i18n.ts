// The texts of the page in the language chosen.
import { de } from "./de";
import { en, type Key } from "./en";
import { language } from "./prefs";

export type { Key };

export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = (language.value === "de" ? de : en)[key];
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key that was put together; undefined where there is none. */
export function known(key: string): Key | undefined {
  return key in en ? (key as Key) : undefined;
}
