// Which senders the functions host asks for a key before the door is called. Read when functions are registered and when doors are
// configured, by this one rule: a door that trusts the host must be one where the host asks. Nothing is imported: a cold start pays it.

/** True only where the key stands alone: the host asks everybody for it, whatever else they show. */
export function asksForFunctionKey(doorCredentials: string | undefined, sender: string): boolean {
  const kinds = kindsOf(doorCredentials, sender);
  return Array.isArray(kinds) && kinds.length === 1 && kinds[0] === 'function-key';
}

function kindsOf(text: string | undefined, sender: string): unknown {
  try {
    const choice: unknown = JSON.parse(text ?? '{}');
    return typeof choice === 'object' && choice !== null && Object.hasOwn(choice, sender)
      ? Reflect.get(choice, sender)
      : undefined;
  } catch {
    // No JSON: a fault that the configuration tells; no key is asked for, and the door takes the default credentials.
    return undefined;
  }
}
