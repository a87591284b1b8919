import { WayPicture } from "./way-picture.tsx";

/** What this is, in one picture and three steps. */
export function HowItWorks() {
  return (
    <section className="how" aria-labelledby="how-heading">
      <h2 id="how-heading">How it works</h2>
      <WayPicture />
      <ol>
        <li>
          <h3>You sign in at the provider</h3>
          <p>On its own page. Coatcheck never sees what you type there.</p>
        </li>
        <li>
          <h3>The tokens stay behind the counter</h3>
          <p>Your browser gets the ticket: a sealed cookie that no script can read.</p>
        </li>
        <li>
          <h3>Each call shows the ticket</h3>
          <p>The counter adds the token, and renews it once, however many tabs ask at the same time.</p>
        </li>
      </ol>
    </section>
  );
}
