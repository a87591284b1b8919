import { spawnSync } from "node:child_process";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import type { InstalledPackage } from "./installed-packages.ts";

/** What a CommonJS project and a project without a peer see: the one works, the other is told which package is missing. */
export function tryMistakes(place: string, packages: readonly InstalledPackage[]): readonly string[] {
  return packages.flatMap((one) => [...requireEntries(place, one), ...leavePeersOut(place, one)]);
}

function requireEntries(place: string, { name, manifest }: InstalledPackage): readonly string[] {
  return Object.keys(manifest.exports).flatMap((entry) => {
    const specifier = join(name, entry).replaceAll("\\", "/");
    const { status, stderr } = evaluate(place, "commonjs", `require(${JSON.stringify(specifier)})`);
    return status === 0 ? [] : [`${specifier} can't be required: ${firstLines(stderr)}`];
  });
}

function leavePeersOut(place: string, { name, manifest }: InstalledPackage): readonly string[] {
  return Object.keys(manifest.peerDependencies ?? {}).flatMap((peer) => {
    const folder = join(place, "node_modules", peer);
    if (!existsSync(folder)) return [`${name} has a peer that isn't there: ${peer}`];
    renameSync(folder, `${folder}.away`);
    const { status, stderr } = evaluate(place, "module", `await import(${JSON.stringify(name)})`);
    renameSync(`${folder}.away`, folder);
    // What is loaded only when it is used needs no word at the start.
    return status === 0 || stderr.includes(`'${peer}'`)
      ? []
      : [`${name} without ${peer} says: ${firstLines(stderr)}`];
  });
}

function evaluate(place: string, type: "commonjs" | "module", code: string) {
  return spawnSync(process.execPath, [`--input-type=${type}`, "--eval", code], {
    cwd: place,
    encoding: "utf8",
  });
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, 8).join(" ");
}
