import type { NextConfig } from "next";

const config: NextConfig = {
  // Loaded by Node as they are, and not bundled: the ledger is Node's own SQLite.
  serverExternalPackages: ["@coatcheck/bff", "@coatcheck/tokens"],
};

export default config;
