import { useSyncExternalStore } from "react";
import { useServerNow } from "../../ticket/use-server-now.ts";

const CALM = "(prefers-reduced-motion: reduce)";

/** The server's clock for drawings: each second, or every 5 s for people who asked for less motion. */
export function usePlotNow(): number {
  const now = useServerNow();
  const isCalm = useSyncExternalStore(subscribe, () => matchMedia(CALM).matches);
  const step = isCalm ? 5_000 : 1_000;
  return Math.ceil(now / step) * step;
}

function subscribe(onChange: () => void): () => void {
  const query = matchMedia(CALM);
  query.addEventListener("change", onChange);
  return () => query.removeEventListener("change", onChange);
}
