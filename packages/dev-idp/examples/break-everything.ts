import { createDevIdpControl } from "@coatcheck/dev-idp";

/** Everything goes wrong that can, for ada and for nobody else. */
export async function breakEverything(issuer: string): Promise<void> {
  const control = createDevIdpControl(issuer);
  await control.addFault({ kind: "unavailable", endpoint: "any", user: "ada" });
  await control.addFault({ kind: "delay", ms: 5_000, endpoint: "userinfo", user: "ada" });
  await control.addFault({ kind: "reset", when: "after", grant: "refresh_token", times: 1, user: "ada" });
  await control.setAccessTokenLifetime(5, "ada");
  await control.revokeGrants("ada");
  await control.endSession("ada");
  await control.sendBackchannelLogout({ user: "ada" });
  const { refreshes, reuseDetected } = await control.counters("ada");
  process.stdout.write(`${refreshes} refreshes, ${reuseDetected} with a spent token\n`);
  await control.reset();
}
