import { parseArgs } from "node:util";
import { DevIdpError } from "../dev-idp-error.ts";
import { createDevIdp, type DevIdp } from "../index.ts";
import { certificateFiles } from "../mutual-tls/start-mutual-tls.ts";
import type { DevIdpClient, DevIdpOptions } from "../options/dev-idp-options.ts";
import { readDevIdpOptions } from "../options/options-file.ts";

const USAGE = `usage: coatcheck-dev-idp [options]

  --app ORIGIN                where the application runs (default http://localhost:3000)
  --client-id ID              its client id (default my-app)
  --client-secret SECRET      its client secret (default: one that is public and always the same)
  --users FILE                JSON list of people: [{ "username": "ada", "claims": { "name": "Ada" } }]
  --resource URI              an API for which tokens are minted (RFC 8707); may be repeated
  --port PORT                 default 4000
  --access-token-seconds N    how long access tokens live (default 30)
  --mutual-tls FOLDER         the application proves itself by a certificate, which is written there, and
                              its tokens are bound to it (RFC 8705)
  --config FILE               all of that, and more, as JSON; the flags above win
`;

const FLAGS = {
  app: { type: "string" },
  "client-id": { type: "string" },
  "client-secret": { type: "string" },
  users: { type: "string" },
  resource: { type: "string", multiple: true },
  port: { type: "string" },
  "access-token-seconds": { type: "string" },
  "mutual-tls": { type: "string" },
  config: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

const DEFAULT_APP = "http://localhost:3000";
const DEFAULT_CLIENT_ID = "my-app";
/** Not a secret at all, and the same after each start, so that an application can be configured once. */
const PUBLIC_CLIENT_SECRET = "for-development-only-and-known-to-everybody";
const DEFAULT_PORT = 4000;

/**
 * Starts what the command line asks for; the server keeps the process alive.
 *
 * @param args without Node and the script's path
 * @throws {DevIdpError} `usage`, and what `createDevIdp` throws
 */
export async function runCommand(
  args: readonly string[],
  print: (text: string) => void,
): Promise<DevIdp | undefined> {
  const flags = parseFlags(args);
  if (flags.help) {
    print(USAGE);
    return undefined;
  }
  const options = optionsOf(flags);
  const idp = await createDevIdp(options);
  print(describe(idp, options));
  return idp;
}

function parseFlags(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values;
  } catch (cause) {
    throw new DevIdpError("usage", `${cause instanceof Error ? cause.message : ""}\n\n${USAGE}`, { cause });
  }
}

function optionsOf(flags: ReturnType<typeof parseFlags>): DevIdpOptions {
  const file = flags.config === undefined ? undefined : readDevIdpOptions(flags.config);
  const [first, ...others] = file?.clients ?? [];
  const folder = flags["mutual-tls"];
  const isNamed = [flags.app, flags["client-id"], flags["client-secret"], folder].some(
    (flag) => flag !== undefined,
  );
  const client = {
    clientId: DEFAULT_CLIENT_ID,
    clientSecret: PUBLIC_CLIENT_SECRET,
    ...(first ?? { appOrigin: DEFAULT_APP }),
    ...(flags.app === undefined ? {} : { appOrigin: flags.app }),
    ...(flags["client-id"] === undefined ? {} : { clientId: flags["client-id"] }),
    ...(flags["client-secret"] === undefined ? {} : { clientSecret: flags["client-secret"] }),
    ...(folder === undefined
      ? {}
      : ({ tokenEndpointAuthMethod: "tls_client_auth", certificateBoundTokens: true } as const)),
  };
  return {
    port: DEFAULT_PORT,
    ...file,
    clients: file?.clients === undefined || isNamed ? [client, ...others] : file.clients,
    ...(flags.users === undefined ? {} : { users: flags.users }),
    ...(flags.resource === undefined
      ? {}
      : { resources: flags.resource.map((indicator) => ({ indicator, scopes: [] })) }),
    ...(folder === undefined ? {} : { mutualTls: { ...file?.mutualTls, folder } }),
    ...(flags.port === undefined ? {} : { port: Number(flags.port) }),
    ...(flags["access-token-seconds"] === undefined
      ? {}
      : { accessTokenSeconds: Number(flags["access-token-seconds"]) }),
  };
}

function describe(idp: DevIdp, { clients, mutualTls }: DevIdpOptions): string {
  const people = idp.users().map(({ username, password }) => `${username} (${password})`);
  const [client] = clients;
  return `
  Provider   ${idp.issuer} (open it to break it for one person)
  People     ${people.join(", ")}

  For the application:

  OIDC_ISSUER=${idp.issuer}
  OAUTH_CLIENT_ID=${client?.clientId ?? ""}
  ${credentialsOf(client, mutualTls?.folder).join("\n  ")}

`;
}

/** @param folder where certificates were written */
function credentialsOf(client: DevIdpClient | undefined, folder: string | undefined): readonly string[] {
  if (client?.tokenEndpointAuthMethod !== "tls_client_auth" || folder === undefined)
    return [`OAUTH_CLIENT_SECRET=${client?.clientSecret ?? ""}`];
  const { cert, key, authority } = certificateFiles(folder, client.clientId);
  return [
    "OAUTH_CLIENT_AUTH=tls_client_auth",
    `OAUTH_CLIENT_CERTIFICATE_FILE=${cert}`,
    `OAUTH_CLIENT_CERTIFICATE_KEY_FILE=${key}`,
    ...(client.certificateBoundTokens === true ? ["OAUTH_CERTIFICATE_BOUND_TOKENS=true"] : []),
    `NODE_EXTRA_CA_CERTS=${authority}`,
  ];
}
