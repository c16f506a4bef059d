// The settings of the daemon, read once: for their page, and for the lines on the bars of the cells.
import { signal } from "@preact/signals";
import { getSettings } from "./api";
import type { Settings } from "./types";

export const settings = signal<Settings | "loading" | "failed" | undefined>(undefined);

export async function loadSettings() {
  if (settings.value === "loading" || typeof settings.value === "object") return;
  settings.value = "loading";
  const answer = await getSettings();
  settings.value = answer.ok ? answer.value : "failed";
}

/** What is read may have been changed: read it anew the next time it is wanted. */
export function forgetSettings() {
  settings.value = undefined;
}

export function numberOf(name: string): number | undefined {
  const all = settings.value;
  if (typeof all !== "object") return undefined;
  const found = all.groups.flatMap((group) => group.settings).find((one) => one.name === name);
  return typeof found?.value === "number" ? found.value : undefined;
}
