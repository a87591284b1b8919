import { isLoopbackHost } from "@coatcheck/contract";
import { parseEndpointUrl } from "./endpoint-url.ts";
import { quoteValue } from "./quote-value.ts";

/**
 * Says in one sentence what the provider calls itself, what the configuration calls it, where the two differ, and what to
 * change. For logs; both must be the same to the byte (S-037).
 */
export function describeIssuerDifference(
  found: unknown,
  configured: string,
  options: { readonly allowLoopbackHttp: boolean },
): string {
  if (found === undefined) {
    return `The metadata names no issuer, and OIDC_ISSUER says ${quoteValue(configured)}: correct OIDC_ISSUER, since this is no OpenID provider's metadata.`;
  }
  const names = `The provider calls itself ${quoteValue(found)}, and OIDC_ISSUER says ${quoteValue(configured)}`;
  if (typeof found !== "string" || !URL.canParse(found)) {
    return `${names} (what the provider says is no address): correct the issuer at the provider.`;
  }
  if (/\{.*\}|%7b.*%7d/i.test(found)) {
    return `${names} (the provider's is a template for many tenants): set OIDC_ISSUER to the issuer of your own tenant, at Entra https://login.microsoftonline.com/<tenant id>/v2.0.`;
  }
  const differences = differencesOf(found, configured);
  const wasConfigurable =
    parseEndpointUrl(found, options.allowLoopbackHttp).kind === "url" && !found.includes("?");
  const atProvider = `have the provider call itself ${quoteValue(configured)} (Keycloak: KC_HOSTNAME)`;
  const isElsewhere = new URL(found).origin !== new URL(configured).origin;
  const fixes = [
    ...(wasConfigurable ? [`set OIDC_ISSUER=${found}`] : []),
    ...(isElsewhere || !wasConfigurable ? [atProvider] : []),
  ];
  return `${names} (${differences.join(", ")}): ${fixes.join(", or ")}.`;
}

function differencesOf(rawFound: string, rawConfigured: string): readonly string[] {
  const [found, configured] = [new URL(rawFound), new URL(rawConfigured)];
  const differences = [
    ...schemeDifference(found, configured),
    ...hostDifference(found, configured),
    ...portDifference(found, configured),
    ...pathDifference(found.pathname, configured.pathname),
    ...(found.username === "" && found.password === "" ? [] : ["the provider's holds a user name"]),
    ...(rawFound.includes("?") ? ["the provider's holds a query"] : []),
    ...(rawFound.includes("#") ? ["the provider's holds a fragment"] : []),
  ];
  if (differences.length > 0) return differences;
  const isSlashAlone = rawFound === `${rawConfigured}/` || `${rawFound}/` === rawConfigured;
  if (isSlashAlone) return [slashDifference(rawConfigured)];
  if (rawFound.toLowerCase() === rawConfigured.toLowerCase()) return ["upper and lower case"];
  return /:\d+(?:\/|$)/.test(rawFound) === /:\d+(?:\/|$)/.test(rawConfigured)
    ? ["the same address, spelled in another way"]
    : ["the port that needn't be written"];
}

function schemeDifference(found: URL, configured: URL): readonly string[] {
  return found.protocol === configured.protocol
    ? []
    : [`scheme ${found.protocol.slice(0, -1)} instead of ${configured.protocol.slice(0, -1)}`];
}

function hostDifference(found: URL, configured: URL): readonly string[] {
  if (found.hostname === configured.hostname) return [];
  const isSameMachine = isLoopbackHost(found.hostname) && isLoopbackHost(configured.hostname);
  return [
    `${isSameMachine ? "the same machine, but " : ""}host ${found.hostname} instead of ${configured.hostname}`,
  ];
}

function portDifference(found: URL, configured: URL): readonly string[] {
  if (found.port === configured.port) return [];
  const name = ({ port, protocol }: URL): string => port || (protocol === "https:" ? "443" : "80");
  return [`port ${name(found)} instead of ${name(configured)}`];
}

function pathDifference(found: string, configured: string): readonly string[] {
  if (found === configured) return [];
  if (`${found}/` === configured || found === `${configured}/`) return [slashDifference(configured)];
  const [foundBase, configuredBase] = [found, configured].map((path) => path.replace(/\/+$/, ""));
  if (foundBase?.startsWith(`${configuredBase}/`) === true) {
    return [`the path ${quoteValue(foundBase.slice(configuredBase?.length))} is missing in OIDC_ISSUER`];
  }
  if (configuredBase?.startsWith(`${foundBase}/`) === true) {
    return [`the path ${quoteValue(configuredBase.slice(foundBase?.length))} is too much in OIDC_ISSUER`];
  }
  return found.toLowerCase() === configured.toLowerCase()
    ? ["upper and lower case in the path"]
    : [`path ${quoteValue(found)} instead of ${quoteValue(configured)}`];
}

function slashDifference(configured: string): string {
  return configured.endsWith("/")
    ? "the slash at the end is too much in OIDC_ISSUER"
    : "the slash at the end is missing in OIDC_ISSUER";
}
