import type { HeaderList } from "@coatcheck/proxy";

/** Headers that name a place; on our own origin it is a path. */
const PLACES: ReadonlySet<string> = new Set(["location", "content-location"]);

/**
 * Puts the path of the application before a path of ours, on its way to a browser; other values stay.
 *
 * @param basePath `""`: there is none
 */
export function withBasePath(basePath: string, value: string): string {
  return basePath !== "" && value.startsWith("/") && !value.startsWith("//") ? basePath + value : value;
}

/** The same for the places that the headers of an answer name. */
export function placesWithBasePath(basePath: string, headers: HeaderList): HeaderList {
  if (basePath === "") return headers;
  return headers.map((header) => {
    const [name, value] = header;
    return PLACES.has(name) ? [name, withBasePath(basePath, value)] : header;
  });
}

/**
 * Takes the path of the application off a path that a browser names.
 *
 * @returns `undefined`: it is none of this application's
 */
export function withoutBasePath(basePath: string, path: string): string | undefined {
  if (basePath === "") return path;
  const rest = path.startsWith(basePath) ? path.slice(basePath.length) : undefined;
  return rest === "" || rest?.startsWith("?") || rest?.startsWith("#")
    ? `/${rest}`
    : rest?.startsWith("/")
      ? rest
      : undefined;
}
