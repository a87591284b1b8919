import dns from "node:dns";

/*
 * To be preloaded (`node --import`). Playwright's requests ask for the two families of `localhost` one by one. Where the hosts
 * file has no `::1 localhost`, the second question goes to a name server, and each one that is lost on the way takes a request
 * five seconds or more. RFC 6761 section 6.3 wants nobody to be asked; so what the system says of both families together, which
 * is in its hosts file, is looked up once.
 */

const { lookup } = dns.promises;
const known = await lookup("localhost", { all: true });

async function lookUp(
  hostname: string,
  options: dns.LookupOptions = {},
): Promise<dns.LookupAddress | dns.LookupAddress[]> {
  if (hostname !== "localhost" || options.all !== true) return lookup(hostname, options);
  const found = known.filter(({ family }) => !options.family || family === options.family);
  if (found.length > 0) return found;
  throw Object.assign(new Error(`There is no localhost of family ${options.family}.`), {
    code: dns.NOTFOUND,
  });
}

Object.assign(dns.promises, { lookup: lookUp });
