import { Panel } from "../../app/panel.tsx";
import { SignOutChoices } from "./sign-out-choices.tsx";

/** The two ways to sign out. */
export function SignOutMenu() {
  return (
    <Panel name="Sign out" className="btn">
      <SignOutChoices />
    </Panel>
  );
}
