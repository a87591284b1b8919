import { isIP } from "node:net";

/** Is this an address, or a network in CIDR notation that leaves out most of the world? */
function isProxyAddress(entry: string): boolean {
  const [address = "", prefix, ...rest] = entry.split("/");
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  if (prefix === undefined) return true;
  const bits = /^[1-9][0-9]{0,2}$/.test(prefix) ? Number(prefix) : 0;
  return bits > 0 && bits <= (family === 4 ? 32 : 128);
}

/** Splits the list; `flawed` are the entries that are neither an address nor a network. */
export function parseTrustedProxies(raw: string): {
  readonly proxies: readonly string[];
  readonly flawed: readonly string[];
} {
  const entries = raw.split(",").map((entry) => entry.trim());
  return {
    proxies: entries.filter((entry) => isProxyAddress(entry)),
    flawed: entries.filter((entry) => !isProxyAddress(entry)),
  };
}
