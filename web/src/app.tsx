// The frame around the views: where to go, whether what is seen is true right now.
import { useEffect } from "preact/hooks";
import { duration, moment, percent } from "./format";
import { t, type Key } from "./i18n";
import { alarmsOf } from "./judge";
import { alarmText } from "./parts/marks";
import { LoginForm } from "./parts/login";
import { route } from "./route";
import { batteries, complete, connection, heard, tick } from "./store";
import { CellsView } from "./views/cells";
import { Overview } from "./views/overview";
import { SettingsView } from "./views/settings";

const views: { path: string; key: Key; icon: string }[] = [
  { path: "", key: "nav.overview", icon: "M4 13h6V4H4zm0 7h6v-5H4zm8 0h8v-9h-8zm0-16v5h8V4z" },
  { path: "cells", key: "nav.cells", icon: "M4 20V9h3v11zm4.3 0V4h3v16zm4.4 0v-8h3v8zM17 20V7h3v13z" },
  {
    path: "settings",
    key: "nav.settings",
    icon: "M4 6h9v2H4zm13 0h3v2h-3v2h-2V4h2zM4 11h3v2H4zm7 0h9v2h-9v2H9V9h2zm-7 5h9v2H4zm13 0h3v2h-3v2h-2v-6h2z",
  },
];

function Nav() {
  return (
    <nav aria-label={t("nav.label")}>
      {views.map(({ path, key, icon }) => (
        <a key={path} href={"#/" + path} aria-current={route.value.view === path ? "page" : undefined}>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d={icon} />
          </svg>
          <span>{t(key)}</span>
        </a>
      ))}
    </nav>
  );
}

function Pulse() {
  const state = connection.value;
  return (
    <span class={"pulse " + state}>
      <i aria-hidden="true" />
      {t(state === "live" ? "conn.live" : state === "connecting" ? "conn.connecting" : "conn.lost")}
    </span>
  );
}

function lostText(): string | undefined {
  const lost = [...batteries.value.values()].map((entry) => entry.battery).filter((battery) => !battery.state.online);
  const [first] = lost;
  if (!first) return undefined;
  return lost.length === 1
    ? t("lost.one", { name: first.name, time: moment(first.state.last_seen) })
    : t("lost.many", { count: lost.length, names: lost.map((battery) => battery.name).join(", ") });
}

/** What a reader must not miss, above everything else. The age is not read aloud: it changes every second. */
function Banners() {
  const without = connection.value === "lost";
  const lost = without ? undefined : lostText();
  const alarms = [...batteries.value.values()].filter(({ battery }) => alarmsOf(battery.state)[0]?.level === 2);
  return (
    <div class="banners" role="status">
      {without && (
        <p class="banner bad">
          <b aria-hidden="true">⚠</b>
          {heard.value > 0 ? (
            <span>
              {t("conn.lost.long")}{" "}
              <span aria-hidden="true">{t("conn.lost.age", { age: duration((tick.value - heard.value) / 1000) })}</span>
            </span>
          ) : (
            t("conn.lost.first")
          )}
        </p>
      )}
      {lost && (
        <p class="banner bad">
          <b aria-hidden="true">⚠</b>
          {lost}
        </p>
      )}
      {!without &&
        alarms.map(({ battery }) => (
          <p class="banner bad" key={battery.id}>
            <b aria-hidden="true">⚠</b>
            {t("alarm.one", { name: battery.name, alarms: alarmsOf(battery.state).map(alarmText).join(", ") })}
          </p>
        ))}
    </div>
  );
}

function View() {
  if (connection.value === "login")
    return (
      <section class="panel narrow">
        <p>{t("conn.login")}</p>
        <LoginForm />
      </section>
    );
  if (route.value.view === "settings") return <SettingsView />;
  if (batteries.value.size === 0) return <p class="empty">{t(complete.value ? "none" : "loading")}</p>;
  return route.value.view === "cells" ? <CellsView id={route.value.id} /> : <Overview />;
}

/** The title tells the state of charge of the bank, or of the only battery, in the list of tabs. */
function useTitle() {
  const all = [...batteries.value.values()].map((entry) => entry.battery);
  const main = all.find((battery) => battery.bank) ?? (all.length === 1 ? all[0] : undefined);
  const told = main?.state.soc === undefined ? "" : percent(main.state.soc) + " · ";
  useEffect(() => {
    document.title = told + "bmsd";
  }, [told]);
}

export function App() {
  useTitle();
  return (
    <>
      <a class="skip" href="#main" onClick={(event) => (event.preventDefault(), document.getElementById("main")?.focus())}>
        {t("skip")}
      </a>
      <header>
        <a class="brand" href="#/">
          bmsd
        </a>
        <Nav />
        <Pulse />
      </header>
      <Banners />
      <main id="main" tabIndex={-1} class={connection.value === "lost" ? "frozen" : ""}>
        <View />
      </main>
    </>
  );
}
