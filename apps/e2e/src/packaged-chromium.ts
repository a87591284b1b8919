import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "@sparticuz/chromium";
const CACHE = fileURLToPath(new URL("../node_modules/.cache/chromium", import.meta.url));

/**
 * The headless shell of an optional dependency, unpacked once a version. It isn't left to the package where: that takes what
 * anybody put under the fixed name `chromium` into the folder for temporary files, a half of it and another version too.
 *
 * @param cache where it is kept, 200 MB; by default beside the dependencies of this package.
 * @returns an executable path, or `undefined` where the package isn't installed or can't be unpacked.
 */
export async function unpackPackagedChromium(cache = CACHE): Promise<string | undefined> {
  try {
    const manifest = new URL("../package.json", import.meta.resolve(PACKAGE));
    const { version } = JSON.parse(await readFile(manifest, "utf8")) as { readonly version: string };
    const folder = join(cache, version);
    if (!existsSync(folder)) await unpackInto(folder, cache);
    return join(folder, "chromium");
  } catch {
    return undefined;
  }
}

/** Unpacks beside the folder and renames, so that what is there is whole. */
async function unpackInto(folder: string, cache: string): Promise<void> {
  const { default: packaged } = await import("@sparticuz/chromium");
  await mkdir(cache, { recursive: true });
  const unpacked = await mkdtemp(join(cache, "unpacking-"));
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = unpacked;
  try {
    await packaged.executablePath();
    await rename(unpacked, folder);
  } catch (error) {
    await rm(unpacked, { recursive: true, force: true });
    // Another process was faster.
    if (!existsSync(folder)) throw error;
  } finally {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
  }
}
