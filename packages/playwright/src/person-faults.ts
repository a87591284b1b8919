import type { DevIdpControl, FaultInput } from "@coatcheck/dev-idp";

/** Something that is wrong until the end of the test, or until `end`. */
export interface PersonOutage {
  end(): Promise<void>;
}

/** Things that the development provider does wrong for single persons, and their ends. */
export interface PersonFaults {
  begin(control: DevIdpControl, person: string, fault: FaultInput): Promise<PersonOutage>;
  /** Ends all that this test began. */
  endAll(): Promise<void>;
}

export function createPersonFaults(): PersonFaults {
  const open = new Set<PersonOutage>();
  return {
    async begin(control, person, fault) {
      const { id } = await control.addFault({ ...fault, user: person });
      const outage: PersonOutage = {
        async end() {
          if (!open.delete(outage)) return;
          await control.clearFaults(id);
        },
      };
      open.add(outage);
      return outage;
    },
    async endAll() {
      await Promise.all([...open].map((outage) => outage.end().catch(() => undefined)));
    },
  };
}
