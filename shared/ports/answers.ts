// What a workspace answers to an act and to a question that something in it has to answer.

export type CommandAnswer =
  | { readonly answered: true; readonly text: string }
  | { readonly answered: false; readonly because: string };

export type StartAnswer =
  | { readonly accepted: true }
  /** 400 INVALID_STATE: somebody or something was faster, or it is still terminating; or the last look kept it from being sent. Read the state again. */
  | { readonly accepted: false; readonly because: string };
