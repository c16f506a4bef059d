// What a reader chose for this browser: language and colours. A browser that keeps nothing forgets it, no more.
import { effect, signal } from "@preact/signals";

export type Language = "en" | "de";
export type Theme = "auto" | "light" | "dark";

function kept(name: string): string | null {
  try {
    return localStorage.getItem("bmsd-" + name);
  } catch {
    return null;
  }
}

function keep(name: string, value: string) {
  try {
    localStorage.setItem("bmsd-" + name, value);
  } catch {
    /* a frame without storage */
  }
}

const oneOf = <T extends string>(value: string | null, all: readonly T[], other: T): T =>
  all.find((one) => one === value) ?? other;

export const language = signal<Language>(
  oneOf(kept("language"), ["en", "de"], navigator.language.toLowerCase().startsWith("de") ? "de" : "en"),
);
export const theme = signal<Theme>(oneOf(kept("theme"), ["auto", "light", "dark"], "auto"));

export function followPrefs() {
  effect(() => {
    document.documentElement.lang = language.value;
    keep("language", language.value);
  });
  effect(() => {
    document.documentElement.dataset.theme = theme.value;
    keep("theme", theme.value);
  });
}
