import { useClient } from "@coatcheck/react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDemoEvents } from "../events/use-demo-events.ts";
import { fetchHeld } from "../events/demo-calls.ts";
import { HeaderNames } from "./header-names.tsx";
import { lookIntoBrowser } from "./look-into-browser.ts";

/** What this browser holds of the session, and what a script can find of it. */
export function HoldingsList() {
  const client = useClient();
  // Whatever the server does may change the cookie.
  const lastEvent = useDemoEvents().at(-1)?.id;
  const { data } = useQuery({
    queryKey: ["demo", "held", lastEvent],
    placeholderData: keepPreviousData,
    queryFn: async () => ({ held: await fetchHeld(client), found: await lookIntoBrowser() }),
    staleTime: 0,
  });
  if (data === undefined) return <p className="quiet">Looking into the browser.</p>;
  const { held, found } = data;
  const bytes = held.cookies.reduce((sum, cookie) => sum + cookie.bytes, 0);
  return (
    <dl className="holdings">
      <div>
        <dt>Cookies shown to the counter</dt>
        <dd>
          {held.cookies.length} {held.cookies.length === 1 ? "cookie" : "cookies"},{" "}
          {bytes.toLocaleString("en")} of {held.maxBytes.toLocaleString("en")} bytes
          <meter aria-label="Bytes of cookies against the budget" value={bytes} max={held.maxBytes} />
        </dd>
      </div>
      <div>
        <dt>Of them readable by scripts</dt>
        <dd>{found.readableCookies === 0 ? "None: they are HttpOnly" : found.readableCookies}</dd>
      </div>
      <Kept place="Local storage" names={found.localStorage} />
      <Kept place="Session storage" names={found.sessionStorage} />
      <Kept place="Databases" names={found.databases} />
      <Kept place="Caches" names={found.caches} />
      <div>
        <dt>Headers sent with a call</dt>
        <dd>
          <HeaderNames names={held.headers} />
        </dd>
      </div>
    </dl>
  );
}

function Kept({ place, names }: { place: string; names: readonly string[] }) {
  return (
    <div>
      <dt>{place}</dt>
      <dd>{names.length === 0 ? "Empty" : names.join(", ")}</dd>
    </div>
  );
}
