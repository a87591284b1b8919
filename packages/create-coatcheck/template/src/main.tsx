import { createClient } from "@coatcheck/client";
import { CoatcheckProvider, retryDelay, shouldRetry } from "@coatcheck/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";

const client = createClient();
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: shouldRetry, retryDelay } } });

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <CoatcheckProvider client={client} queryClient={queryClient}>
        <App />
      </CoatcheckProvider>
    </QueryClientProvider>
  </StrictMode>,
);
