import { writeApp } from "create-coatcheck";

/** As `npm create coatcheck` does, without a question. */
export function writeMyApp(folder: string): void {
  writeApp({ folder, name: "my-app", port: 3000 });
}
