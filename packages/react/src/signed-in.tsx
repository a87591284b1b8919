import { isSignedIn } from "@coatcheck/client";
import type { ReactNode } from "react";
import { useClient } from "./use-client.ts";
import { useKnownSession } from "./use-known-session.ts";

export interface SignedInProps {
  children?: ReactNode;
  /** Also while the session has ended and its person can sign in again: for pages that stay as they are. */
  keep?: boolean;
}

/** Shows its children while somebody is signed in, also while the server can't be reached. */
export function SignedIn({ children, keep = false }: SignedInProps): ReactNode {
  const client = useClient();
  const known = useKnownSession();
  const isThere = known !== undefined && (isSignedIn(known) || (keep && client.userKey() !== undefined));
  return isThere ? children : null;
}

/** Shows its children while it is known that nobody is signed in. */
export function SignedOut({ children }: { children?: ReactNode }): ReactNode {
  return useKnownSession()?.state === "anonymous" ? children : null;
}
