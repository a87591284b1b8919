/** A store that a URL names, and the variable that holds the URL. */
export interface NamedStore {
  readonly product: "PostgreSQL" | "Redis";
  readonly variable: "LEDGER_POSTGRES_URL" | "LEDGER_REDIS_URL";
  readonly url: string;
}

/** What is wrong, without a full stop, and what to change. */
interface Trouble {
  readonly problem: string;
  readonly fix: string;
}

const OWN_AUTHORITY: Readonly<Record<NamedStore["product"], string>> = {
  PostgreSQL:
    "add sslrootcert=FILE to the URL, or set NODE_EXTRA_CA_CERTS=FILE, with the authority's certificate.",
  Redis: "set NODE_EXTRA_CA_CERTS=FILE with the authority's certificate.",
};

/**
 * Why a store can't be used, by the codes and words of Node.js (network and TLS), PostgreSQL (SQLSTATE) and Redis. Never a
 * word of the failure itself, which may hold anything: whoever starts the server sees the address, and no password.
 *
 * @param cause what connecting failed with, and what that was caused by
 */
export function explainStoreTrouble(store: NamedStore, cause: unknown): Trouble {
  const { product, variable } = store;
  const { host, path } = addressOf(store.url);
  const the = `The ${product} of ${variable}`;
  for (const { code, message } of failures(cause)) {
    switch (code) {
      case "ECONNREFUSED":
        return {
          problem: `${the} can't be reached: nothing listens at ${host} (ECONNREFUSED)`,
          fix: `start it, or correct the address in ${variable}.`,
        };
      case "ENOTFOUND":
      case "EAI_AGAIN":
        return {
          problem: `${the} can't be reached: no address is known for ${host} (${code})`,
          fix: `correct the name in ${variable}, or enter it into DNS.`,
        };
      case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      case "UNABLE_TO_GET_ISSUER_CERT":
      case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
      case "DEPTH_ZERO_SELF_SIGNED_CERT":
      case "SELF_SIGNED_CERT_IN_CHAIN":
        return {
          problem: `${the} shows a certificate of an authority that isn't known here (${code})`,
          fix: OWN_AUTHORITY[product],
        };
      case "ERR_TLS_CERT_ALTNAME_INVALID":
        return {
          problem: `${the} shows a certificate that isn't for ${host} (${code})`,
          fix: `name it in ${variable} as its certificate does, or give it one for this name.`,
        };
      case "CERT_HAS_EXPIRED":
        return { problem: `${the} shows a certificate that has expired`, fix: "renew it." };
      case "28P01":
      case "28000":
        return {
          problem: `${the} refuses its role or its password (${code})`,
          fix: `correct them in ${variable} (special characters percent-encoded), or let pg_hba.conf admit the role.`,
        };
      case "3D000":
        return {
          problem: `${the} has no database ${path} (3D000)`,
          fix: `create it, or correct the name in ${variable}.`,
        };
      case "53300":
        return {
          problem: `${the} has no connection left for this role (53300)`,
          fix: "raise max_connections or the role's limit: each process takes 10 at most.",
        };
      case "57P03":
        return { problem: `${the} is starting up or shutting down (57P03)`, fix: "try again when it is up." };
      default:
    }
    const known = WORDS.find(({ words }) => words.test(message));
    if (known !== undefined) return { problem: `${the} ${known.problem}`, fix: known.fix(variable) };
  }
  return {
    problem: `${the} can't be reached: no answer that it could give came from ${host}`,
    fix: `check the address in ${variable} (and whether it speaks TLS there), the network and its firewalls.`,
  };
}

/** What comes without a code. */
const WORDS: readonly {
  readonly words: RegExp;
  readonly problem: string;
  readonly fix: (variable: string) => string;
}[] = [
  {
    words: /client password must be a string/u,
    problem: "asks for a password, and its URL holds none",
    fix: (variable) => `write it into the URL; ${variable}_FILE keeps it out of the environment.`,
  },
  {
    words: /does not support SSL connections/u,
    problem: "doesn't speak TLS, which its URL asks for",
    fix: () => "turn `ssl` on there, or take sslmode off the URL where the network is trusted.",
  },
  {
    words: /^(?:NOAUTH|WRONGPASS)\b/u,
    problem: "refuses its user or its password",
    fix: (variable) =>
      `write them into the URL, redis://USER:PASSWORD@HOST (${variable}_FILE keeps it out of the environment).`,
  },
  {
    words: /^NOPERM\b/u,
    problem: "doesn't let its user run what the ledger needs",
    fix: () => "give the user its rights with ACL SETUSER, as the guide on Redis says.",
  },
  { words: /^LOADING\b/u, problem: "is loading its data", fix: () => "try again when it is up." },
];

function* failures(
  cause: unknown,
  depth = 0,
): Generator<{ readonly code: string; readonly message: string }> {
  if (!(cause instanceof Error) || depth > 5) return;
  yield { code: "code" in cause ? String(cause.code) : "", message: cause.message };
  yield* failures(cause.cause, depth + 1);
  if (cause instanceof AggregateError) {
    for (const error of cause.errors) yield* failures(error, depth + 1);
  }
}

/** A URL may be of a form that only its client reads: then it isn't shown. */
function addressOf(url: string): { readonly host: string; readonly path: string } {
  if (!URL.canParse(url)) return { host: "its address", path: "of that name" };
  const { host, pathname } = new URL(url);
  return { host: host === "" ? "its address" : host, path: pathname.slice(1) };
}
