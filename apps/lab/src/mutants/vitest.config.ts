import { resolve } from "node:path";
import { defineConfig, mergeConfig, type Plugin } from "vitest/config";
import base from "../../vitest.config.ts";
import { applyMutation, type Mutant } from "./mutation.ts";

/** The workspace's tests with one mutant in the sources: nothing is written to the disk. */
export default mergeConfig(base, defineConfig({ plugins: [plantMutant()], test: { bail: 1 } }));

function plantMutant(): Plugin {
  const text = process.env["COATCHECK_MUTANT"];
  const mutant = text === undefined ? undefined : (JSON.parse(text) as Mutant);
  const file = mutant && resolve(base.root ?? ".", mutant.file);
  return {
    name: "plant-mutant",
    enforce: "pre",
    transform(code, id) {
      if (mutant === undefined || id !== file) return undefined;
      return { code: applyMutation(code, mutant), map: null };
    },
    configureVitest({ defineCacheKeyGenerator }) {
      // Without this, vitest takes the file as it was from its cache on the disk.
      defineCacheKeyGenerator(({ id }) => (id === file ? text : undefined));
    },
  };
}
