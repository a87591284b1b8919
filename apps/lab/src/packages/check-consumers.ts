import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { InstalledPackage } from "./installed-packages.ts";

/** Compilers of which people have one, by the name under which they are installed here. */
const COMPILERS = ["typescript", "typescript-6", "typescript-5"] as const;
const RESOLUTIONS = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
] as const;

/** Compiles a program that imports every entry, as strictly as a compiler can be told, and reads all our declarations. */
export function checkConsumers(place: string, packages: readonly InstalledPackage[]): string[] {
  const specifiers = packages.flatMap(({ name, manifest }) =>
    Object.keys(manifest.exports).map((entry) => join(name, entry).replaceAll("\\", "/")),
  );
  const lines = specifiers.map((specifier, index) => `import * as entry${index} from "${specifier}";`);
  const uses = specifiers.map((_, index) => `entry${index}`).join(", ");
  writeFileSync(join(place, "consumer.ts"), `${lines.join("\n")}\nexport const all = [${uses}];\n`);
  writeFileSync(join(place, "package.json"), '{ "type": "module" }');
  return COMPILERS.flatMap((compiler) =>
    RESOLUTIONS.flatMap((resolution) => compile(place, compiler, resolution)),
  );
}

function compile(place: string, compiler: string, resolution: (typeof RESOLUTIONS)[number]): string[] {
  const compilerOptions = {
    ...resolution,
    target: "es2022",
    lib: ["es2024", "dom", "dom.iterable"],
    types: ["node"],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noPropertyAccessFromIndexSignature: true,
    verbatimModuleSyntax: true,
    skipLibCheck: false,
    noEmit: true,
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["consumer.ts"] }));
  const folder = dirname(createRequire(import.meta.url).resolve(`${compiler}/package.json`));
  const { status, stdout } = spawnSync(process.execPath, [join(folder, "bin", "tsc"), "-p", place], {
    encoding: "utf8",
    cwd: place,
  });
  if (status === 0) return [];
  // Other people's declarations are theirs.
  const own = stdout
    .split("\n")
    .filter((line) => /^(consumer\.ts|node_modules\/(@coatcheck|create-coatcheck)\/)/.test(line));
  return own.map((line) => `${compiler}, ${resolution.moduleResolution}: ${line}`);
}
