import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { getMimeType } from "hono/utils/mime";
import { ServerError } from "../server-error.ts";

/** One file of the built page, ready to be sent. */
export interface StaticFile {
  readonly contentType: string;
  readonly body: Buffer;
  /** Present where they are smaller than `body`. */
  readonly encoded: { readonly br?: Buffer; readonly gzip?: Buffer };
  readonly etag: string;
  /** Its name holds a hash of its content, so it never changes. */
  readonly isImmutable: boolean;
}

/**
 * The built page in memory, by exact path.
 *
 * A request's path is only ever looked up here and never becomes a file name: what isn't in the map can't be reached,
 * however the path is spelt (S-125).
 */
export interface StaticSite {
  readonly index: StaticFile;
  /** By path as a browser requests it: `/assets/app-3fa9.js`. `index.html` is `index` only. */
  readonly files: ReadonlyMap<string, StaticFile>;
}

/** Where the build's service worker lies, if it has one. At the root, since a worker serves what lies below it. */
export const SERVICE_WORKER_PATH = "/service-worker.js";

const HASHED_NAME = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/;
const COMPRESSIBLE = /^(text\/|application\/(json|javascript|manifest\+json|xml)|image\/svg\+xml)/;
const MIN_COMPRESSIBLE_BYTES = 512;

/**
 * Reads the built page from a folder and compresses it. Dotfiles, links and source maps stay outside.
 *
 * @throws {ServerError} `web_missing`: there is no `index.html`
 */
export async function loadStaticSite(root: string): Promise<StaticSite> {
  const paths = await listFiles(root);
  const entries = await Promise.all(
    paths.map(async (path) => [`/${path.split(sep).join("/")}`, await loadFile(root, path)] as const),
  );
  const files = new Map(entries);
  const index = files.get("/index.html");
  if (index === undefined) throw noPage(root);
  files.delete("/index.html");
  return { index, files };
}

async function listFiles(root: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(root, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)))
      .filter(
        (path) => !path.split(sep).some((segment) => segment.startsWith(".")) && !path.endsWith(".map"),
      );
  } catch (error) {
    throw noPage(root, error);
  }
}

function noPage(root: string, cause?: unknown): ServerError {
  return new ServerError(
    "web_missing",
    `There is no built page in ${root}`,
    "build it, or set WEB_ROOT to its folder.",
    { cause },
  );
}

async function loadFile(root: string, path: string): Promise<StaticFile> {
  const body = await readFile(join(root, path));
  const mimeType = getMimeType(path) ?? "application/octet-stream";
  const contentType =
    /^text\/|javascript|json/.test(mimeType) && !/charset/.test(mimeType)
      ? `${mimeType}; charset=utf-8`
      : mimeType;
  return {
    contentType,
    body,
    encoded: COMPRESSIBLE.test(mimeType) && body.length >= MIN_COMPRESSIBLE_BYTES ? await compress(body) : {},
    etag: `W/"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`,
    isImmutable: HASHED_NAME.test(`/${path.split(sep).join("/")}`),
  };
}

async function compress(body: Buffer): Promise<StaticFile["encoded"]> {
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(body, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: body.length },
    }),
    promisify(gzip)(body, { level: 9 }),
  ]);
  return { ...(br.length < body.length ? { br } : {}), ...(gz.length < body.length ? { gzip: gz } : {}) };
}
