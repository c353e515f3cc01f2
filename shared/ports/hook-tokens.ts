// A sender that proves itself by a token of its identity provider.

export interface HookTokens {
  /**
   * Who it is, for the record. Throws `Refused`: `not-authenticated` for a token that proves nothing, `not-allowed` for one that proves
   * somebody who may not send. Throws `Unavailable` (`identity-unavailable`) while nobody can say, so that the sender tries again.
   */
  verify(token: string): Promise<string>;
}
