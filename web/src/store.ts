// What is known now: the batteries as the server told of them, and how the connection is. Nothing here draws.
import { signal } from "@preact/signals";
import type { Battery, Cells, Session } from "./types";

export interface Entry {
  readonly battery: Battery;
  readonly heard: number; // ms of the steady clock of the browser, when the server last told of it
  /** The last cells that were fresh, kept for a battery that is lost: shown as what they are, old. */
  readonly last?: { cells: Cells; at: string | undefined };
}

export type Connection = "connecting" | "live" | "lost" | "login";

export const batteries = signal<ReadonlyMap<string, Entry>>(new Map());
export const connection = signal<Connection>("connecting");
/** ms of the steady clock: the last time anything was heard of the server. */
export const heard = signal(0);
/** The server has told which batteries there are. */
export const complete = signal(false);
export const session = signal<Session | undefined>(undefined);
/** ms of the steady clock, once a second: what ages on the page follows it. */
export const tick = signal(performance.now());

type Tree = { [name: string]: unknown };

const isTree = (value: unknown): value is Tree => typeof value === "object" && value !== null && !Array.isArray(value);

/** `before` with what a `change` of the stream says: null stands for what is there no more. */
export function merged<T extends object>(before: T, change: object): T {
  const out: Tree = { ...(before as Tree) };
  for (const [name, value] of Object.entries(change)) {
    const old = out[name];
    if (value === null) delete out[name];
    else if (isTree(value) && isTree(old)) out[name] = merged(old, value);
    else out[name] = value;
  }
  return out as T;
}

function put(battery: Battery, now: number) {
  const next = new Map(batteries.value);
  const before = next.get(battery.id);
  const fresh = battery.cells.voltages !== undefined;
  const last = fresh ? { cells: battery.cells, at: battery.state.last_seen } : before?.last;
  next.set(battery.id, { battery, heard: now, ...(last ? { last } : {}) });
  batteries.value = next;
}

/** One event of /api/v1/live. */
export function take(kind: string, data: unknown, now: number) {
  heard.value = now;
  if (!isTree(data)) return;
  if (kind === "hello" && Array.isArray(data.batteries)) {
    const there = new Set(data.batteries);
    batteries.value = new Map([...batteries.value].filter(([id]) => there.has(id)));
    complete.value = true;
  } else if (kind === "battery") {
    put(data as unknown as Battery, now);
  } else if (kind === "change") {
    const before = batteries.value.get(String(data.id));
    if (before) put(merged(before.battery, data), now);
  } else if (kind === "left") {
    const next = new Map(batteries.value);
    next.delete(String(data.id));
    batteries.value = next;
  }
}

/** s: how old the values of a battery are by now; it goes on while nothing is heard. */
export function ageOf(entry: Entry, now: number): number {
  return entry.battery.state.age + Math.max(0, now - entry.heard) / 1000;
}
