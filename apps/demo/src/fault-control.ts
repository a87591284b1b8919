import { createDevIdpControl, DevIdpError, type FaultInput } from "@coatcheck/dev-idp";
import * as z from "zod";
import type { DemoFaults } from "./part/faults-route.ts";

/** What a page may ask of the demo's provider; whom it concerns is never in it. */
const changeSchema = z.discriminatedUnion("kind", [
  /** `fault` as the provider's control API takes it, without `user`. */
  z.strictObject({ kind: z.literal("add"), fault: z.looseObject({ kind: z.string() }) }),
  z.strictObject({ kind: z.literal("clear"), id: z.int().optional() }),
  z.strictObject({
    kind: z.literal("access_token_lifetime"),
    seconds: z.int().min(1).max(86_400).nullable(),
  }),
  z.strictObject({ kind: z.literal("revoke_grants") }),
  z.strictObject({ kind: z.literal("end_session") }),
  z.strictObject({ kind: z.literal("backchannel_logout") }),
  /** Both: the provider reports the end, as long as it has a session to name, and ends it. */
  z.strictObject({ kind: z.literal("end_and_report") }),
]);

/** Connects the demo's fault switches to the provider's control API, for the person who is signed in and nobody else. */
export function createFaultControl(idpUrl: string): DemoFaults {
  const control = createDevIdpControl(idpUrl);

  const ownFaults = async (user: string) =>
    (await control.faults()).filter(({ fault }) => fault.user === user);

  async function read(user: string): Promise<unknown> {
    const [faults, counters] = await Promise.all([ownFaults(user), control.counters(user)]);
    return { kind: "state", faults, counters };
  }

  async function apply(user: string, change: z.infer<typeof changeSchema>): Promise<void> {
    switch (change.kind) {
      case "add":
        await control.addFault({ ...change.fault, user } as FaultInput);
        return;
      case "clear":
        for (const { id } of await ownFaults(user)) {
          if (change.id === undefined || change.id === id) await control.clearFaults(id);
        }
        return;
      case "access_token_lifetime":
        await control.setAccessTokenLifetime(change.seconds, user);
        return;
      case "revoke_grants":
        await control.revokeGrants(user);
        return;
      case "end_session":
        await control.endSession(user);
        return;
      case "backchannel_logout":
        await control.sendBackchannelLogout({ user });
        return;
      case "end_and_report":
        await control.sendBackchannelLogout({ user });
        await control.endSession(user);
    }
  }

  return {
    read,
    async change(user, request) {
      const parsed = changeSchema.safeParse(request);
      if (!parsed.success) return { kind: "refused" };
      try {
        await apply(user, parsed.data);
      } catch (error) {
        // The control API says no to what it doesn't know; anything else is a defect and goes up.
        if (error instanceof DevIdpError) return { kind: "refused" };
        throw error;
      }
      return read(user);
    },
  };
}
