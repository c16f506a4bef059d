// What a battery can be told, by those who are logged in. The first press asks, the second does.
import { useSignal, type Signal } from "@preact/signals";
import { tell } from "../api";
import { known, t } from "../i18n";
import { session } from "../store";
import type { Battery } from "../types";

const sureFor = 4000; // ms

interface Asked {
  sure: Signal<string>; // the button that was pressed once
  send: (wish: object) => void;
}

function Sure({ id, text, wish, asked }: { id: string; text: string; wish: () => object | undefined; asked: Asked }) {
  const sure = asked.sure.value === id;
  const press = () => {
    const wanted = wish();
    if (!wanted) return;
    if (sure) {
      asked.sure.value = "";
      asked.send(wanted);
      return;
    }
    asked.sure.value = id;
    setTimeout(() => {
      if (asked.sure.value === id) asked.sure.value = "";
    }, sureFor);
  };
  return (
    <button type="button" class={sure ? "sure" : ""} onClick={press}>
      {sure ? t("control.sure") : text}
    </button>
  );
}

function Switch({ command, asked }: { command: string; asked: Asked }) {
  const key = known("control." + command);
  return (
    <div class="control">
      <span>{key ? t(key) : command}</span>
      <Sure id={command + "1"} text={t("control.off")} wish={() => ({ command, value: true })} asked={asked} />
      <Sure id={command + "0"} text={t("control.normal")} wish={() => ({ command, value: false })} asked={asked} />
    </div>
  );
}

function SetSoc({ asked }: { asked: Asked }) {
  const text = useSignal("");
  const wish = () => {
    const value = Number(text.value.replace(",", "."));
    return text.value.trim() !== "" && value >= 0 && value <= 100 ? { command: "set_soc", value } : undefined;
  };
  return (
    <div class="control">
      <label for="set-soc">{t("control.set_soc")}</label>
      <span>
        <input
          id="set-soc"
          inputMode="decimal"
          size={4}
          value={text.value}
          onInput={(event) => (text.value = event.currentTarget.value)}
        />
        {" %"}
      </span>
      <Sure id="soc" text={t("control.set")} wish={wish} asked={asked} />
    </div>
  );
}

function Rename({ battery, asked }: { battery: Battery; asked: Asked }) {
  const text = useSignal(battery.name);
  return (
    <div class="control">
      <label for="rename">{t("control.name")}</label>
      <input
        id="rename"
        maxLength={100}
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
      <Sure id="name" text={t("control.rename")} wish={() => ({ name: text.value.trim() })} asked={asked} />
    </div>
  );
}

export function Controls({ battery }: { battery: Battery }) {
  const sure = useSignal("");
  const told = useSignal("");
  const send = async (wish: object) => {
    told.value = "…";
    const answer = await tell(battery.id, wish);
    if (!answer.ok && answer.status === 401 && session.value) session.value = { ...session.value, logged_in: false };
    told.value = answer.ok ? t("control.done") : t("control.failed", { reason: answer.reason || t("conn.lost") });
  };
  const asked = { sure, send: (wish: object) => void send(wish) };
  return (
    <section class="panel">
      <h2>{t("control")}</h2>
      {session.value?.logged_in ? (
        <>
          {battery.commands
            .filter((command) => command !== "set_soc")
            .map((command) => (
              <Switch key={command} command={command} asked={asked} />
            ))}
          {battery.commands.includes("set_soc") && <SetSoc asked={asked} />}
          <Rename battery={battery} asked={asked} />
        </>
      ) : (
        <p>
          <a href="#/settings">{t("control.login")}</a>
        </p>
      )}
      <p role="status">{told.value}</p>
    </section>
  );
}
