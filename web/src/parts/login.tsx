// The password, where one is set.
import { useSignal } from "@preact/signals";
import { getSession, logIn, logOut } from "../api";
import { t } from "../i18n";
import { start } from "../live";
import { session } from "../store";

async function refresh() {
  const answer = await getSession();
  if (answer.ok) session.value = answer.value;
}

function reasonText(status: number, reason: string): string {
  if (status === 401) return t("login.wrong");
  if (status === 429) return t("login.locked");
  return t("login.failed", { reason: reason || t("conn.lost") });
}

export function LoginForm() {
  const password = useSignal("");
  const told = useSignal("");
  const busy = useSignal(false);
  const enter = async () => {
    busy.value = true;
    const answer = await logIn(password.value);
    busy.value = false;
    password.value = "";
    told.value = answer.ok ? "" : reasonText(answer.status, answer.reason);
    if (!answer.ok) return;
    await refresh();
    start();
  };
  const leave = async () => {
    await logOut();
    await refresh();
  };
  if (!session.value) return <p>{t("loading")}</p>;
  if (session.value.logged_in)
    return (
      <>
        <p>{t("login.is")}</p>
        <button type="button" onClick={() => void leave()}>
          {t("login.out")}
        </button>
      </>
    );
  if (!session.value.password_set) return <p>{t("login.none")}</p>;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <div class="control">
        <label for="password">{t("login.password")}</label>
        <input
          id="password"
          type="password"
          autocomplete="current-password"
          required
          value={password.value}
          onInput={(event) => (password.value = event.currentTarget.value)}
        />
        <button disabled={busy.value}>{t("login.in")}</button>
      </div>
      <p role="alert">{told.value}</p>
    </form>
  );
}
