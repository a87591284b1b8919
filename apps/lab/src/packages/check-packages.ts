import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { findApiChanges } from "./api-files.ts";
import { checkConsumers } from "./check-consumers.ts";
import { installPackages, type InstalledPackage } from "./installed-packages.ts";
import { tryMistakes } from "./try-mistakes.ts";

/**
 * `pnpm test:packages`: packs every package that is published, lays the tarballs out as an install would, and tries them as
 * people will: each entry with plain Node and with TypeScript 5, 6 and 7, the manifests with publint, the types with
 * attw. Without this, `exports` that only work on sources would be found by users.
 */
const place = mkdtempSync(join(tmpdir(), "coatcheck-packages-"));
try {
  const installed = installPackages(place);
  const failures: string[] = [];
  for (const one of installed) {
    failures.push(...importEntries(one), ...findMissingFiles(one));
    failures.push(...(await lintManifest(one)), ...(await checkTypes(one)));
  }
  failures.push(...checkConsumers(place, installed), ...findApiChanges(installed));
  failures.push(...tryMistakes(place, installed));
  for (const failure of failures) console.log(failure);
  console.log(`${installed.length} packages packed, imported and checked, ${failures.length} failures`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  rmSync(place, { recursive: true, force: true });
}

function importEntries({ name, manifest }: InstalledPackage): string[] {
  return Object.entries(manifest.exports).flatMap(([entry, target]) => {
    const file = typeof target === "string" ? target : (target["default"] ?? "");
    if (!file.startsWith("./dist/")) return [`${name} exports ${entry} as ${file}, which is no build`];
    const specifier = join(name, entry).replaceAll("\\", "/");
    const code = `await import(${JSON.stringify(specifier)})`;
    const { status, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", code], {
      cwd: place,
      encoding: "utf8",
    });
    const reason = stderr.split("\n").slice(0, 8).join(" ");
    return status === 0 ? [] : [`${specifier} can't be imported: ${reason}`];
  });
}

function findMissingFiles({ name, folder }: InstalledPackage): string[] {
  return ["README.md", "LICENSE"]
    .filter((file) => !existsSync(join(folder, file)))
    .map((file) => `${name} is published without ${file}`);
}

async function lintManifest({ name, folder, manifest }: InstalledPackage): Promise<string[]> {
  const { messages } = await publint({ pkgDir: folder, level: "suggestion", strict: true, pack: false });
  return messages.map((message) => `${name}: ${formatMessage(message, manifest) ?? message.code}`);
}

/** Only as modules: nobody is promised that these packages can be required, or found by `moduleResolution: node10`. */
async function checkTypes({ name, tarball }: InstalledPackage): Promise<string[]> {
  const result = await checkPackage(createPackageFromTarballData(readFileSync(tarball)));
  if (result.types === false) return [`${name} is published without types`];
  return result.problems
    .filter((problem) => problem.kind !== "CJSResolvesToESM")
    .filter((problem) => !("resolutionKind" in problem && problem.resolutionKind === "node10"))
    .map((problem) => {
      const where = "entrypoint" in problem ? ` at ${problem.entrypoint}` : "";
      return `${name}: ${problem.kind}${where}`;
    });
}
