import { isObject, type BffConfig } from "@coatcheck/bff/config";
import { checkBff } from "./check-bff.ts";
import { copyPlain, freezeConfig, merge } from "./config-values.ts";

/** One application of several that one server serves: a BFF, and its page. */
export interface Frontend {
  /** `""`: the only one. */
  readonly name: string;
  /** Where it is stands in `publicOrigin` and `basePath`. */
  readonly bff: BffConfig;
  /** Folder of its built page. */
  readonly webRoot: string;
}

interface FrontendProblem {
  /** `""`: of the list itself. */
  readonly frontend: string;
  readonly path: string;
  readonly fix: string;
}

const NAME = /^[a-z](?:-?[a-z\d]){0,31}$/u;
/** What a frontend says of these, it says whole: a mixture of two providers is nobody's. */
const WHOLE: ReadonlySet<string> = new Set(["provider", "providers", "routes"]);

/**
 * Reads the applications of a configuration file: each says what differs from what they share.
 *
 * @param named what stands under `frontends`, unchecked
 * @param shared the rest of the file, with the environment over it
 */
export function parseFrontends(
  named: unknown,
  shared: object,
  webRoot: string,
): { readonly frontends: readonly Frontend[]; readonly problems: readonly FrontendProblem[] } {
  const problems: FrontendProblem[] = [];
  const entries = isObject(named) ? Object.entries(named) : [];
  if (entries.length === 0)
    problems.push({ frontend: "", path: "", fix: "write an object of frontends by name, or remove it" });
  const frontends = entries.map(([name, said]): Frontend => {
    const add = (path: string, fix: string): void => void problems.push({ frontend: name, path, fix });
    if (!NAME.test(name)) add("", "name it with lower-case letters, digits and single hyphens");
    if (!isObject(said)) add("", "write an object");
    const { webRoot: ownRoot = webRoot, ...own } = isObject(said) ? said : {};
    if (typeof ownRoot !== "string" || ownRoot === "") add("webRoot", "write a path");
    const below = Object.fromEntries(
      Object.entries(shared).filter(([key]) => !(WHOLE.has(key) && own[key] !== undefined)),
    );
    const bff = freezeConfig(copyPlain(merge(below, own) as unknown as BffConfig));
    const checked = checkBff(bff);
    if (checked.kind === "invalid") for (const { path, fix } of checked.problems) add(path, fix);
    return { name, bff, webRoot: String(ownRoot) };
  });
  frontends.forEach((frontend, index) => {
    const other = frontends.slice(0, index).find((earlier) => isTakenFor(frontend, earlier));
    if (other === undefined) return;
    const fix = `give it a host or a path of its own: requests for it would match ${other.name}, too`;
    problems.push({ frontend: frontend.name, path: "basePath", fix });
  });
  return { frontends, problems };
}

/**
 * Whether a request could be meant for both. One without `basePath` has the rest of its host, and no path of another one's.
 */
function isTakenFor({ bff: one }: Frontend, { bff: other }: Frontend): boolean {
  if (hostOf(one.publicOrigin) !== hostOf(other.publicOrigin)) return false;
  const [a = "", b = ""] = [one.basePath, other.basePath];
  if (a === "" || b === "") return a === b;
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`);
}

function hostOf(origin: string | undefined): string | undefined {
  return URL.parse(origin ?? "")?.host;
}
