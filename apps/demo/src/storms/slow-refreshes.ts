import type { DevIdpControl } from "@coatcheck/dev-idp";

/** The provider takes as long as one across a network, for all alike. */
export const REFRESH_DELAY_MS = 150;

/** Measures while one person's refreshes are slow, and no longer; `stormAt` is when it begins. */
export async function withSlowRefreshes<Measured>(
  control: DevIdpControl,
  user: string,
  measure: (stormAt: number) => Promise<Measured>,
): Promise<Measured> {
  const { id } = await control.addFault({
    kind: "delay",
    ms: REFRESH_DELAY_MS,
    grant: "refresh_token",
    user,
    forSeconds: 30,
  });
  try {
    return await measure(performance.now());
  } finally {
    await control.clearFaults(id);
  }
}
