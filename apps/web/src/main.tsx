// First, since it names the order of the layers.
import "./styles/index.css";
import { createClient } from "@coatcheck/client";
import { CoatcheckProvider } from "@coatcheck/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { CallWatchContext } from "./features/ticket/call-watch-context.ts";
import { createCallWatch } from "./features/ticket/call-watch.ts";
import { takeSignInOutcome } from "./features/signed-out/sign-in-outcome.ts";

const callWatch = createCallWatch((input, init) => fetch(input, init));
const client = createClient({
  fetch: callWatch.fetch,
  navigate(url) {
    // After a sign-out here the page stays, so that it can show the ticket that ended.
    if (url === "/") history.replaceState(null, "", "/");
    else location.assign(url);
  },
});
const outcome = takeSignInOutcome(window);
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");

createRoot(root).render(
  <StrictMode>
    <CoatcheckProvider client={client}>
      <CallWatchContext value={callWatch}>
        <App outcome={outcome} />
      </CallWatchContext>
    </CoatcheckProvider>
  </StrictMode>,
);
