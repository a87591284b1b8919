import type { ConfigFile } from "../environment/config-file.ts";
import type { EnvironmentRecord } from "../environment/environment-problem.ts";
import { parseEnvironment, type ParsedEnvironment } from "../environment/parse-environment.ts";
import { variablesOf } from "../environment/variables.ts";

/** What was read, and the texts of the files of secrets that it was read from. */
export interface SettingsReading {
  readonly parsed: ParsedEnvironment;
  /** By path; without those that can't be read. */
  readonly texts: ReadonlyMap<string, string>;
}

/** A secret that the environment names by its file. */
export interface SecretFile {
  /** `OAUTH_CLIENT_SECRET_FILE`. */
  readonly variable: string;
  readonly path: string;
}

/** Where settings come from. */
export interface SettingsSource {
  readonly files: readonly SecretFile[];
  /** Reads the files of secrets each time, and everything else once: what isn't a secret stays as it was at the start. */
  read(): SettingsReading;
}

export interface SettingsSourceOptions {
  readonly environment: EnvironmentRecord;
  readonly readTextFile: (path: string) => string;
  /** How many workers there are unless WORKERS says so. Default 1. */
  readonly cores?: number;
  readonly file?: ConfigFile | undefined;
}

export function createSettingsSource({
  environment,
  readTextFile,
  cores,
  file,
}: SettingsSourceOptions): SettingsSource {
  const files = variablesOf(environment).flatMap(({ name, isSecret }): readonly SecretFile[] => {
    const variable = `${name}_FILE`;
    const path = isSecret ? environment[variable] : undefined;
    return path === undefined ? [] : [{ variable, path }];
  });
  const ofSecrets: ReadonlySet<string> = new Set(files.map(({ path }) => path));
  const kept = new Map<string, string>();

  function readOnce(path: string): string {
    const text = kept.get(path) ?? readTextFile(path);
    kept.set(path, text);
    return text;
  }

  return {
    files,
    read() {
      const texts = new Map<string, string>();
      function readAnew(path: string): string {
        const text = readTextFile(path);
        texts.set(path, text.trim());
        return text;
      }
      const read = (path: string): string => (ofSecrets.has(path) ? readAnew(path) : readOnce(path));
      return { parsed: parseEnvironment(environment, read, cores, file), texts };
    },
  };
}
