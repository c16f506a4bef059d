// Where the reader is: #/, #/cells, #/cells/ID, #/settings. Behind the hash, so that no path of a proxy matters.
import { computed, signal } from "@preact/signals";

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
  scrollTo(0, 0);
});

export const route = computed(() => {
  const [view = "", id = ""] = hash.value.replace(/^#\/?/, "").split("/");
  let plain: string;
  try {
    plain = decodeURIComponent(id);
  } catch {
    plain = "";
  }
  return { view, id: plain };
});

export const cellsOf = (id: string) => "#/cells/" + encodeURIComponent(id);
