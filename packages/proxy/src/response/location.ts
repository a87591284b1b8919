import { type HeaderList, valuesOf } from "../http-message.ts";
import { matchPath, parseTarget } from "../request/request-target.ts";
import type { Destination, Target } from "../target.ts";

/** Maps `location` and `content-location` to our own origin, and leaves out what leads elsewhere. */
export function mapPlaces(
  headers: HeaderList,
  target: Target,
  destination: Destination,
  publicOrigin: string,
): HeaderList {
  const mapped: [string, string][] = [];
  for (const name of PLACES) {
    const [value, ...more] = valuesOf(headers, name);
    if (value === undefined || more.length > 0) continue;
    const place = mapLocation(target, destination, publicOrigin, value);
    if (place !== undefined) mapped.push([name, place]);
  }
  return mapped;
}

const PLACES = ["location", "content-location"] as const;

/**
 * Maps the place that an upstream names (`Location`, `Content-Location`) to a path on our origin.
 *
 * Two origins stand for the upstream: its own, and the public one, which it was told in `X-Forwarded-Host`. Under the
 * public origin a path is the upstream's own (`/v1/notes/8`) or the public one already (`/api/notes/8`).
 *
 * @returns `undefined` if it leads out of the route.
 * @see RFC 9110 sections 8.7 and 10.2.2
 */
export function mapLocation(
  target: Target,
  destination: Destination,
  publicOrigin: string,
  rawLocation: string,
): string | undefined {
  const location = encodeBytes(rawLocation);
  const own = URL.parse(location, destination.origin + destination.path);
  if (own?.origin === destination.origin) return mapUrl(target, own, false);
  // A second parse, since `//host/path` takes the scheme that the upstream was told, not the one that we called it by.
  const announced = URL.parse(location, publicOrigin + destination.path);
  if (announced === null || !isAnnounced(announced, destination, publicOrigin)) return undefined;
  return mapUrl(target, announced, true);
}

/** An upstream that reads `X-Forwarded-Host` and not `-Proto` names the public host with the scheme of our own call. */
function isAnnounced(url: URL, destination: Destination, publicOrigin: string): boolean {
  return (
    url.origin === publicOrigin ||
    (url.host === new URL(publicOrigin).host && url.protocol === new URL(destination.origin).protocol)
  );
}

function mapUrl(target: Target, url: URL, mayBePublic: boolean): string | undefined {
  if (url.username !== "" || url.password !== "") return undefined;
  const path = mapPath(target, url.pathname, mayBePublic);
  if (path === undefined) return undefined;
  const parsed = parseTarget(path + url.search);
  if (parsed.kind === "refused" || (parsed.hasEncodedSlash && target.allowEncodedSlashes !== true))
    return undefined;
  return path + url.search + url.hash;
}

function mapPath({ prefix, basePath: base }: Target, path: string, mayBePublic: boolean): string | undefined {
  // Everything is under an empty base: there a path that has the prefix already is the public one.
  if (mayBePublic && base === "" && matchPath(path, prefix) !== undefined) return path;
  const rest = matchPath(path, base);
  if (rest !== undefined) return prefix + (rest === "/" && base === "" ? "" : rest);
  return mayBePublic && matchPath(path, prefix) !== undefined ? path : undefined;
}

/** A header's value is bytes: without this, a path in UTF-8 would be encoded a second time. */
function encodeBytes(rawLocation: string): string {
  return rawLocation.replaceAll(
    /[\x80-\xff]/gu,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}
