// This page itself, the login, and every setting of the daemon with its value and default; to be read, not changed.
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { LoginForm } from "../parts/login";
import { language, theme, type Language, type Theme } from "../prefs";
import { forgetSettings, loadSettings, settings } from "../settings";
import type { Setting, Settings } from "../types";

function PagePanel() {
  return (
    <section class="panel">
      <h2>{t("page")}</h2>
      <div class="control">
        <label for="language">{t("page.language")}</label>
        <select
          id="language"
          value={language.value}
          onChange={(event) => (language.value = event.currentTarget.value as Language)}
        >
          <option value="en">English</option>
          <option value="de">Deutsch</option>
        </select>
      </div>
      <div class="control">
        <label for="theme">{t("page.theme")}</label>
        <select id="theme" value={theme.value} onChange={(event) => (theme.value = event.currentTarget.value as Theme)}>
          <option value="auto">{t("theme.auto")}</option>
          <option value="light">{t("theme.light")}</option>
          <option value="dark">{t("theme.dark")}</option>
        </select>
      </div>
    </section>
  );
}

/** Whether all words are in its name or meaning. */
export function fits(setting: Setting, words: string): boolean {
  const text = (setting.name + " " + setting.meaning).toLowerCase();
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** As it stands in the file, with its unit. */
function valueText(value: unknown, unit: string | undefined): string {
  if (value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0))
    return t("settings.empty");
  const text = value === true ? "True" : value === false ? "False" : Array.isArray(value) ? value.join(", ") : String(value);
  return unit ? text + "\u00a0" + unit : text;
}

function SettingRow({ setting }: { setting: Setting }) {
  const shown = (value: unknown) => valueText(value, setting.unit);
  const { changed } = setting;
  return (
    <li class={changed ? "setting changed" : "setting"}>
      <code>{setting.name}</code>
      <span class="value">{setting.secret ? t("settings.secret") : shown(setting.value)}</span>
      <span class="source">
        {changed
          ? t("settings.source.file") + (setting.secret ? "" : "; " + t("settings.default", { value: shown(setting.default) }))
          : t("settings.source.default")}
      </span>
      <p lang="en">
        {setting.meaning} {setting.range && <small>({setting.range})</small>}
      </p>
    </li>
  );
}

function SettingsList({ all }: { all: Settings }) {
  const words = useSignal("");
  const onlyChanged = useSignal(false);
  const groups = useComputed(() =>
    all.groups
      .map((group) => ({
        ...group,
        settings: group.settings.filter(
          (one) => fits(one, words.value) && (!onlyChanged.value || one.changed),
        ),
      }))
      .filter((group) => group.settings.length > 0),
  );
  const count = (list: Settings["groups"]) => list.reduce((sum, group) => sum + group.settings.length, 0);
  const open = words.value.trim() !== "" || onlyChanged.value;
  return (
    <>
      <div class="tools">
        <input
          type="search"
          aria-label={t("settings.search")}
          placeholder={t("settings.search")}
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
        <label>
          <input
            type="checkbox"
            checked={onlyChanged.value}
            onChange={(event) => (onlyChanged.value = event.currentTarget.checked)}
          />{" "}
          {t("settings.changed")}
        </label>
        <span role="status">{t("settings.count", { count: count(groups.value), all: count(all.groups) })}</span>
      </div>
      {groups.value.map((group) => (
        <details key={group.name} class="group" open={open}>
          <summary lang="en">
            {group.name} <small>{group.settings.length}</small>
          </summary>
          <ul>
            {group.settings.map((one) => (
              <SettingRow key={one.name} setting={one} />
            ))}
          </ul>
        </details>
      ))}
    </>
  );
}

function DaemonPanel() {
  const all = settings.value;
  return (
    <section class="panel">
      <h2>{t("nav.settings")}</h2>
      <p>{t("settings.read")}</p>
      {typeof all === "object" ? (
        <SettingsList all={all} />
      ) : all === "failed" ? (
        <p>
          {t("settings.failed")}{" "}
          <button type="button" onClick={() => void loadSettings()}>
            {t("settings.retry")}
          </button>
        </p>
      ) : (
        <p>{t("loading")}</p>
      )}
    </section>
  );
}

export function SettingsView() {
  useEffect(() => {
    forgetSettings();
    void loadSettings();
  }, []);
  return (
    <>
      <h1 class="hidden">{t("nav.settings")}</h1>
      <div class="details">
        <PagePanel />
        <section class="panel">
          <h2>{t("login")}</h2>
          <LoginForm />
        </section>
      </div>
      <DaemonPanel />
    </>
  );
}
