import { HowItWorks } from "./how-it-works.tsx";
import { RunItYourself } from "./run-it-yourself.tsx";
import "./landing.css";

/** What stands below the first screen: how it works, and how to run it. */
export default function Landing() {
  return (
    <>
      <HowItWorks />
      <RunItYourself />
    </>
  );
}
