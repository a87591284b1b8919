// First, since it names the order of the layers.
import "./styles/index.css";
import { createClient } from "@coatcheck/client";
import { CoatcheckProvider } from "@coatcheck/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/app.tsx";
import { takeSignInOutcome } from "./features/signed-out/sign-in-outcome.ts";

const client = createClient({
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
      <App outcome={outcome} />
    </CoatcheckProvider>
  </StrictMode>,
);
