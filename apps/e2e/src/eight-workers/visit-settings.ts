/** What the command tells the processes of its runner. */
export interface VisitSettings {
  readonly appUrl: string;
  readonly stateFile: string;
  readonly workers: number;
  /** More than fit into the time; those that begin after it are skipped. */
  readonly visits: number;
  /** Counted from the first visit: browsers take their time to start. */
  readonly seconds: number;
}

const VARIABLE = "EIGHT_WORKERS";

export function passVisitSettings(settings: VisitSettings): Readonly<Record<string, string>> {
  return { [VARIABLE]: JSON.stringify(settings) };
}

export function readVisitSettings(): VisitSettings {
  return JSON.parse(process.env[VARIABLE] ?? "{}") as VisitSettings;
}
