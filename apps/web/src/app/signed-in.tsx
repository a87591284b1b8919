import type { CoatcheckError, SignedInView } from "@coatcheck/client";
import { retryDelay, shouldRetry } from "@coatcheck/react";
import { onlineManager, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { BannerBoard } from "../features/banners/banner-board.tsx";
import { NotebookProvider } from "../features/notes/keeping/notebook-context.tsx";
import { SessionQuestions, type Ended } from "../features/session/session-questions.tsx";
import { ShortcutLayer } from "../features/shortcuts/shortcut-layer.tsx";
import { ToastPlace } from "../features/toast/toast.tsx";
import { Frame } from "./frame.tsx";
import { Routes } from "./routes.tsx";
import { SessionBanners } from "./session-banners.tsx";

export type SignedInProps = {
  view: SignedInView;
  /** The session has ended; the page stays until its person has signed in again. */
  ended: Ended | undefined;
  /** Whose page this was before, where it was somebody else's. */
  before: SignedInView | undefined;
  /** Why the last question about the session was not answered. */
  unreachable: CoatcheckError | undefined;
};

/** The page of a person. Another person gets another page: nothing of the one is left for the other. */
export default function SignedIn(props: SignedInProps) {
  return <PageOfOnePerson key={props.view.userKey} {...props} />;
}

function PageOfOnePerson({ view, ended, before, unreachable }: SignedInProps) {
  const [queryClient] = useState(createQueryClient);
  const [taken] = useState(before);
  return (
    <QueryClientProvider client={queryClient}>
      <BannerBoard>
        <ToastPlace>
          <NotebookProvider userKey={view.userKey}>
            <SessionBanners view={view} before={taken} unreachable={unreachable} />
            <Frame view={view} isEnded={ended !== undefined}>
              <Routes view={view} isEnded={ended !== undefined} />
            </Frame>
            <ShortcutLayer />
            <SessionQuestions view={view} ended={ended} />
          </NotebookProvider>
        </ToastPlace>
      </BannerBoard>
    </QueryClientProvider>
  );
}

function createQueryClient(): QueryClient {
  // It takes it for granted at first: on a page that is opened offline, queries would fail instead of waiting.
  onlineManager.setOnline(navigator.onLine);
  return new QueryClient({
    defaultOptions: {
      queries: { retry: shouldRetry, retryDelay, staleTime: 15_000 },
      mutations: { networkMode: "always" },
    },
  });
}
