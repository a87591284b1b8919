import type { SessionView } from "@coatcheck/contract";
import type { BffRequest } from "../request/bff-request.ts";
import type { RequestSession } from "../session/request-session.ts";
import type { SignedInSession } from "../session/require-signed-in.ts";

/** What own routes find in `c.var` behind the middleware of a BFF: `new Hono<BffEnv>()`. */
export interface BffEnv {
  Variables: {
    /** Who is signed in, as the page sees it: no token, only allow-listed claims. Set by `bff.session` and `bff.requireSession`. */
    session: SessionView;
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
