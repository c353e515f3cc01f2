// App settings as the host reads them: `%NAME%` in bindings, disabled functions, connections by name.
import { isRecord } from './json.ts';

export type Settings = Record<string, string | undefined>;

const SETTING_REFERENCE = /%([^%]+)%/g;

/** Replaces each `%NAME%`; an unresolved one throws, which fails that function's indexing as on Azure. */
export function resolveSettings(text: string, settings: Settings): string {
  return text.replace(SETTING_REFERENCE, (reference, name: string) => {
    const value = settings[name];
    if (value === undefined || value === '') throw new Error(`${reference} does not resolve to a value`);
    return value;
  });
}

/** Host: `AzureWebJobs.<name>.Disabled`, or with underscores where the platform allows no dots. */
export function isDisabled(name: string, settings: Settings, disabled: readonly string[]): boolean {
  if (disabled.includes(name)) return true;
  const value = settings[`AzureWebJobs.${name}.Disabled`] ?? settings[`AzureWebJobs_${name}_Disabled`] ?? '';
  return value.toLowerCase() === 'true' || value === '1';
}

export type ServiceBusConnection = { readonly connectionString: string } | { readonly fullyQualifiedNamespace: string };

/** The connection that a binding names: a connection string, or an identity-based one by `<name>__fullyQualifiedNamespace`. */
export function serviceBusConnection(name: string, settings: Settings): ServiceBusConnection {
  const connectionString = settings[name] || settings[`AzureWebJobs${name}`];
  if (connectionString) return { connectionString };
  const fullyQualifiedNamespace = settings[`${name}__fullyQualifiedNamespace`];
  if (fullyQualifiedNamespace) return { fullyQualifiedNamespace };
  throw new Error(`the Service Bus connection '${name}' is missing: set ${name} or ${name}__fullyQualifiedNamespace`);
}

/** Settings become the process's environment before the app is loaded, as on Azure. */
export function applySettings(settings: unknown, environment: NodeJS.ProcessEnv): void {
  if (!isRecord(settings)) throw new Error('settings must be an object of texts');
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value !== 'string') throw new Error(`the setting ${name} must be a text`);
    environment[name] = value;
  }
}
