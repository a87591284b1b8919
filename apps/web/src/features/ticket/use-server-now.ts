import { useClient } from "@coatcheck/react";
import { useEffect, useState } from "react";

/** The server's clock, in milliseconds since the epoch, once a second while the page is visible. */
export function useServerNow(): number {
  const client = useClient();
  const [browserNow, setBrowserNow] = useState(() => Date.now());
  useEffect(() => {
    const tick = () => {
      if (document.visibilityState === "visible") setBrowserNow(Date.now());
    };
    const timer = setInterval(tick, 1000);
    document.addEventListener("visibilitychange", tick);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, []);
  return browserNow + client.clockOffsetMs();
}
