import type { SessionView } from "@coatcheck/contract";
import type { BffRequest } from "../request/bff-request.ts";
import type { RequestSession } from "../session/request-session.ts";
import type { SignedInSession } from "../session/require-signed-in.ts";

/** An access token for code of the server, or the answer that says why there is none. */
export type ServerAccessToken =
  | { readonly kind: "granted"; readonly accessToken: string }
  | { readonly kind: "denied"; readonly response: Response };

/** What own routes find in `c.var` behind the middleware of a BFF: `new Hono<BffEnv>()`. */
export interface BffEnv {
  Variables: {
    /** Who is signed in, as the page sees it: no token, only allow-listed claims. Set by `bff.session`. */
    session: SessionView;
    /**
     * Gets the session's access token for a resource (default: the provider's own), refreshed if need be. Set by `bff.session`.
     *
     * Return a denied one's `response` as it is. The token must not reach the browser.
     */
    getAccessToken: (resource?: string) => Promise<ServerAccessToken>;
  };
}

/** What the BFF's own routes find in `c.var`. */
export interface RouteEnv {
  Variables: BffEnv["Variables"] & {
    /** Set by admission, and so for every request of ours. */
    bffRequest: BffRequest;
    /** A top-level document that another site asked for. Set by the guard. */
    isForeignNavigation: boolean;
    /** Set by `openSession`. */
    requestSession: RequestSession;
    /** Set by `requireSession`. */
    signedIn: SignedInSession;
  };
}
