// Requests to /api/v1. All addresses are relative, so that the page works below any path of a proxy.
import type { Session, Settings } from "./types";

export type Answer<T> = { ok: true; value: T } | { ok: false; status: number; reason: string };

const longest = 10000; // ms

async function ask<T>(path: string, body?: object): Promise<Answer<T>> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), longest);
  try {
    const reply = await fetch("api/v1/" + path, {
      signal: abort.signal,
      cache: "no-store",
      ...(body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    const value: unknown = await reply.json();
    if (reply.ok) return { ok: true, value: value as T };
    return { ok: false, status: reply.status, reason: (value as { error?: string }).error ?? reply.statusText };
  } catch {
    return { ok: false, status: 0, reason: "" };
  } finally {
    clearTimeout(timer);
  }
}

export const getSession = () => ask<Session>("session");
export const getSettings = () => ask<Settings>("settings");
export const logIn = (password: string) => ask<{ logged_in: boolean }>("login", { password });
export const logOut = () => ask<{ logged_in: boolean }>("logout", {});
export const tell = (id: string, wish: object) => ask<{ done: boolean }>("batteries/" + encodeURIComponent(id), wish);
