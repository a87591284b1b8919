import type { SignedInView } from "@coatcheck/contract";
import { retryDelay, shouldRetry } from "@coatcheck/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BannerBoard } from "../features/banners/banner-board.tsx";
import { NotebookProvider } from "../features/notes/notebook-context.tsx";
import type { SignInOutcome } from "@coatcheck/contract";
import { ToastPlace } from "../features/toast/toast.tsx";
import { Frame } from "./frame.tsx";
import { Routes } from "./routes.tsx";
import { SessionBanners } from "./session-banners.tsx";

export type SignedInProps = {
  view: SignedInView;
  /** Whose page this was before, where it was somebody else's. */
  before: SignedInView | undefined;
  /** Whether the last question about the session was answered. */
  isReachable: boolean;
  outcome: SignInOutcome | undefined;
};

/** The page of a person. Another person gets another page: nothing of the one is left for the other. */
export default function SignedIn(props: SignedInProps) {
  return <PageOfOnePerson key={props.view.userKey} {...props} />;
}

function PageOfOnePerson({ view, before, isReachable, outcome }: SignedInProps) {
  const [queryClient] = useState(createQueryClient);
  const [taken] = useState(before);
  return (
    <QueryClientProvider client={queryClient}>
      <BannerBoard>
        <ToastPlace>
          <NotebookProvider userKey={view.userKey}>
            <SessionBanners view={view} before={taken} isReachable={isReachable} outcome={outcome} />
            <Frame view={view}>
              <Routes view={view} />
            </Frame>
          </NotebookProvider>
        </ToastPlace>
      </BannerBoard>
    </QueryClientProvider>
  );
}

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, retryDelay, staleTime: 15_000 },
      mutations: { networkMode: "always" },
    },
  });
}
