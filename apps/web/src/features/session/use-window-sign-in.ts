import type { SignedInView, SignInResult } from "@coatcheck/client";
import { useSignIn, useStepUp } from "@coatcheck/react";
import { useState } from "react";

export type WindowSignIn = {
  /** `open`: the window is there, or was; only the server knows how it ended. */
  progress: "none" | "open" | SignInResult;
  begin: () => void;
};

/** Signs in in a window, as the person whose page it is. */
export function useWindowSignIn(view: SignedInView, kind: "sign_in" | "step_up"): WindowSignIn {
  const signIn = useSignIn();
  const stepUp = useStepUp();
  const [progress, setProgress] = useState<WindowSignIn["progress"]>("none");
  return {
    progress,
    begin() {
      setProgress("open");
      const name = view.user["preferred_username"] ?? view.user["email"];
      const options = typeof name === "string" ? { loginHint: name } : {};
      void (kind === "sign_in" ? signIn(options) : stepUp(options)).then((result) => {
        // Another click has begun another one, which tells by itself.
        if (result.kind !== "superseded") setProgress(result);
      });
    },
  };
}
