import { createClient } from "@coatcheck/client";
import { CoatcheckProvider, retryDelay, shouldRetry } from "@coatcheck/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { App } from "./app.tsx";

const client = createClient();
const queryClient = new QueryClient({ defaultOptions: { queries: { retry: shouldRetry, retryDelay } } });

export function Root() {
  return (
    <QueryClientProvider client={queryClient}>
      <CoatcheckProvider client={client} queryClient={queryClient}>
        <App />
      </CoatcheckProvider>
    </QueryClientProvider>
  );
}
