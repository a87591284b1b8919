import type { HostCheck } from "./checks.ts";
import type { ExampleHost } from "./host.ts";

export type HostOutcome =
  | { readonly kind: "passed"; readonly seen: string }
  | { readonly kind: "failed" }
  | { readonly kind: "lacking"; readonly reason: string | undefined };

export interface HostResult {
  readonly host: ExampleHost;
  readonly version: string;
  /** By the check's name. */
  readonly outcomes: Map<string, HostOutcome>;
}

/** The document with the table, as `pnpm runtimes` writes it. */
export function renderHosts(
  results: readonly HostResult[],
  checks: readonly HostCheck[],
  deployed: { readonly times: number; readonly lost: number } | undefined,
): string {
  const head = ["", "comes out as", ...results.map(({ host }) => host.name)];
  const rows = checks.map(({ name }) => [
    name,
    seenOf(results, name),
    ...results.map((result) => cellOf(result, name)),
  ]);
  const examples = results.map(({ host, version }) => `- ${host.name}, on ${version}: \`${host.example}\``);
  const reasons = results.flatMap(({ host, outcomes }) =>
    [...outcomes].flatMap(([name, outcome]) =>
      outcome.kind === "lacking" ? [`- ${host.name}, ${name}: ${outcome.reason}.`] : [],
    ),
  );
  const deploys =
    deployed === undefined
      ? ""
      : `The README's app, as it stands, got SIGTERM in the middle of the refreshes of 3 sessions, ${deployed.times} times: ${deployed.lost} of ${deployed.times} deploys lost one.\n\n`;
  return `# The same checks on every host

Made by \`pnpm runtimes\`: each example below is started as it stands and asked over HTTP, with a real authorization server (the development
provider: refresh tokens work once, reuse revokes the grant) and a real API behind it. Token calls are counted by the provider.

${table([head, head.map(() => "---"), ...rows])}
A dash: it makes no sense there.

${reasons.join("\n")}

${deploys}[WebSockets](guides/websockets.md) are relayed on Node alone: Hono, \`node:http\`, Express and Fastify with \`acceptSockets\`. Elsewhere a handshake is answered 400. Event streams end with the session everywhere; on Workers
a ledger that pushes nothing is asked twice a second while a stream is open.

What was started:

${examples.join("\n")}

The Worker runs in two isolates that take one request after the other, with one ledger in a Durable Object
(\`@coatcheck/tokens/durable-object\`), which by itself passes the conformance suite of all ledgers in workerd
(\`apps/lab/src/hosts/durable-object.test.ts\`).
`;
}

function cellOf({ outcomes }: HostResult, name: string): string {
  const kind = outcomes.get(name)?.kind;
  if (kind === "passed") return "yes";
  return kind === "lacking" ? "–" : "**no**";
}

/** What the hosts on which it works have in common. */
function seenOf(results: readonly HostResult[], name: string): string {
  const seen = results.flatMap(({ outcomes }) => {
    const outcome = outcomes.get(name);
    return outcome?.kind === "passed" ? [outcome.seen] : [];
  });
  return [...new Set(seen)].join("; ");
}

function table(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |\n`).join("");
}
