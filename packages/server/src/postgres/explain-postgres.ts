import { textOfFailure } from "../process/text-of-failure.ts";

/** What Node.js (network and TLS) or PostgreSQL (SQLSTATE) says, and what to change. `HOST` and `NAME` are those of the URL. */
const REASONS: readonly (readonly [said: RegExp, problem: string, fix: string])[] = [
  [/ECONNREFUSED/u, "can't be reached: nothing listens at HOST", "start it, or correct the address."],
  [
    /ENOTFOUND|EAI_AGAIN/u,
    "can't be reached: no address is known for HOST",
    "correct the name, or enter it into DNS.",
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/u,
    "shows a certificate of an authority that isn't known here",
    "add sslrootcert=FILE to the URL, or set NODE_EXTRA_CA_CERTS=FILE, with the authority's certificate.",
  ],
  [
    /ERR_TLS_CERT_ALTNAME_INVALID/u,
    "shows a certificate that isn't for HOST",
    "name it as its certificate does, or give it one for this name.",
  ],
  [/CERT_HAS_EXPIRED/u, "shows a certificate that has expired", "renew it."],
  [
    /client password must be a string/u,
    "asks for a password, and its URL holds none",
    "write it into the URL; LEDGER_POSTGRES_URL_FILE keeps it out of the environment.",
  ],
  [
    /\b28P01\b|\b28000\b/u,
    "refuses its role or its password",
    "correct them in the URL (special characters percent-encoded), or let pg_hba.conf admit the role.",
  ],
  [/\b3D000\b/u, "has no database NAME", "create it, or correct the name."],
  [
    /\b53300\b/u,
    "has no connection left for this role",
    "raise max_connections or the role's limit: each process takes 10 at most.",
  ],
  [/\b57P03\b/u, "is starting up or shutting down", "try again when it is up."],
  [
    /does not support SSL connections/u,
    "doesn't speak TLS, which its URL asks for",
    "turn ssl on there, or take sslmode off the URL where the network is trusted.",
  ],
];

/** Never a word of the failure itself, which may hold anything. @param url of which nothing but host and database is shown */
export function explainPostgres(url: string, cause: unknown): readonly [problem: string, fix: string] {
  const text = textOfFailure(cause);
  const [, problem, fix] = REASONS.find(([said]) => said.test(text)) ?? [
    undefined,
    "can't be reached: no answer that it could give came from HOST",
    "check the address, the network and its firewalls, and whether it speaks TLS there.",
  ];
  const { host = "its address", pathname = "" } = URL.parse(url) ?? {};
  const named = problem.replace("HOST", () => host || "its address").replace("NAME", () => pathname.slice(1));
  return [`The PostgreSQL of LEDGER_POSTGRES_URL ${named}`, fix];
}
