import { DEMO_EXTENSION, type SignedInView } from "@coatcheck/contract";

/** Whether the server has its demo part; it says so with the session. */
export function isDemo(view: SignedInView): boolean {
  return view.extensions?.includes(DEMO_EXTENSION) === true;
}
