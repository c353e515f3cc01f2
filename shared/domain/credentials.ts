// Who sends to the doors, and what a sender may prove itself with (A3).

export const senders = ['databricks', 'azure'] as const;
export type Sender = (typeof senders)[number];

/** `function-key`: the functions host has checked it before the door is called. */
export const credentialKinds = ['api-key', 'basic', 'bearer', 'function-key'] as const;
export type CredentialKind = (typeof credentialKinds)[number];

export type AcceptedCredentials = Readonly<Record<Sender, readonly CredentialKind[]>>;

/** Databricks' notification destinations know Basic, Azure's action groups tokens of Entra ID; whoever can set a header has a key. */
export const defaultCredentials: AcceptedCredentials = {
  databricks: ['api-key', 'basic'],
  azure: ['api-key', 'bearer'],
};

/** What people and tools show. */
export const operatorCredentials: readonly CredentialKind[] = ['api-key', 'basic'];
