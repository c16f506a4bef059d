// The state of charge as a ring, the percent large within. The ring is only a picture of the number.
import { soc } from "../format";
import { t } from "../i18n";

const around = 2 * Math.PI * 52;

export function Ring({ value }: { value: number | undefined }) {
  const part = value === undefined ? 0 : Math.min(1, Math.max(0, value / 100));
  return (
    <div class="ring">
      <svg viewBox="0 0 120 120" aria-hidden="true">
        <circle class="track" cx="60" cy="60" r="52" />
        {part > 0 && (
          <circle class="part" cx="60" cy="60" r="52" stroke-dasharray={`${around * part} ${around}`} transform="rotate(-90 60 60)" />
        )}
      </svg>
      <p>
        <strong>
          {soc(value)}
          <small>%</small>
        </strong>
        <span>{t("soc")}</span>
      </p>
    </div>
  );
}
