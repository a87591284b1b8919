/**
 * The claims that the server tells of a person. Declare the others that yours sends:
 * `declare module "@coatcheck/client" { interface UserClaims { email: string } }`.
 */
export interface UserClaims {
  sub: string;
  name?: string;
}
