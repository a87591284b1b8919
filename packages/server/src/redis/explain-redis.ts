import { textOfFailure } from "../process/text-of-failure.ts";

/** What a client or Redis itself says, and what to change. */
const REASONS: readonly (readonly [said: RegExp, problem: string, fix: string])[] = [
  [
    /WRONGPASS|NOAUTH|invalid username-password|called without any password/u,
    "refuses the user or the password",
    "write those of its ACL: rediss://user:password@..., special characters with % as in every URL.",
  ],
  [
    /NOPERM|The user /u,
    "doesn't let its user do what the ledger has to",
    "give it the rights that the guide to Redis lists.",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_|CERT_|ALTNAME|certificate/u,
    "has a certificate that isn't trusted, or wants one",
    "set LEDGER_REDIS_CA to its authority's certificate, and name it as its certificate does; where it asks for one, set LEDGER_REDIS_CERTIFICATE and its key.",
  ],
  [
    /EPROTO|wrong version number|ECONNRESET|Socket closed unexpectedly/u,
    "speaks TLS where it isn't asked for, or the other way round",
    "write rediss: for TLS, redis: without.",
  ],
  [/cluster support disabled/u, "is no cluster", "write redis:// or rediss:// without +cluster."],
  [
    /unknown command.*SENTINEL|ERR No such master|NoMaster|no master/iu,
    "is no Sentinel, or knows no such master",
    "write the Sentinels' addresses, and behind the slash what they call the master.",
  ],
];

/** @param causes what was said, the last of it first */
export function explainRedis(causes: readonly unknown[]): readonly [problem: string, fix: string] {
  const texts = causes.map(textOfFailure);
  for (const [said, problem, fix] of REASONS)
    if (texts.some((text) => said.test(text))) return [`The Redis of LEDGER_REDIS_URL ${problem}`, fix];
  return [
    "The Redis of LEDGER_REDIS_URL can't be reached",
    "check address and network, and that it says rediss: for TLS, redis: without.",
  ];
}
