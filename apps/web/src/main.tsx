// First, since it names the order of the layers.
import "./styles/index.css";
import { createClient } from "@coatcheck/client";
import { createSessionMemory } from "@coatcheck/client/offline";
import { CoatcheckProvider } from "@coatcheck/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { keepShell } from "./app/keep-shell.ts";
import { leavePage, takeProviderSignOut } from "./features/signed-out/after-sign-out.ts";
import { CallWatchContext } from "./features/ticket/call-watch-context.ts";
import { createCallWatch } from "./features/ticket/call-watch.ts";

const callWatch = createCallWatch((input, init) => fetch(input, init));
const client = createClient({
  fetch: callWatch.fetch,
  keepCalls: true,
  navigate: leavePage,
  memory: createSessionMemory(),
});
const isBackFromProvider = takeProviderSignOut();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root.");

createRoot(root).render(
  <StrictMode>
    <CoatcheckProvider client={client}>
      <CallWatchContext value={callWatch}>
        <App isBackFromProvider={isBackFromProvider} />
      </CallWatchContext>
    </CoatcheckProvider>
  </StrictMode>,
);

keepShell();
