// The settings by name, and the forms that their texts may have. Faults are collected, and none repeats what a setting holds.
import type { FieldFault } from '../domain/errors.ts';
import { pointerOf } from '../domain/faults.ts';

/** Every setting that the app reads. docs/reference/settings.md and local.settings.example.json list exactly these and the host's. */
export const settingNames = [
  'API_KEYS',
  'BASIC_USERS',
  'DOOR_CREDENTIALS',
  'HOOK_TENANT_ID',
  'HOOK_AUDIENCE',
  'HOOK_AUTHORITY_URL',
  'HOOK_CALLER_APP_ID',
  'ServiceBusConnection',
  'ServiceBusConnection__fullyQualifiedNamespace',
  'TABLES_CONNECTION',
  'BLOBS_CONNECTION',
  'ESTATE_FILE',
  'WORKSPACE_HOSTS',
  'DATABRICKS_TOKEN',
  'CONNECTIVITY_HOSTS',
  'HCP_TERRAFORM_URL',
  'HCP_TERRAFORM_TOKEN',
  'ARM_URL',
  'ARM_TOKEN',
  'STATUS_PAGE_URL',
  'AUTO_REMEDIATION_ENABLED',
  'TIME_SCALE',
  'WEBHOOK_URL',
  'SLACK_WEBHOOK_URL',
  'PUBLIC_URL',
  'APPROVAL_LINK_SECRET',
  'MAX_BODY_BYTES',
  'DOOR_WAIT_SECONDS',
  'RETENTION_INCIDENT_DAYS',
  'RETENTION_SIGNAL_DAYS',
  'RETENTION_DEAD_LETTER_DAYS',
] as const;
type SettingName = (typeof settingNames)[number];

/** Read by the Functions host itself, before and beside the app. */
export const hostSettingNames = ['AzureWebJobsStorage', 'FUNCTIONS_WORKER_RUNTIME'] as const;

/** Set by Azure, never by a person: its presence means that the app does not run on a laptop. */
const AZURE_MARK = 'WEBSITE_INSTANCE_ID';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Texts of settings with a list of what is wrong with them. An empty text is no text; `<...>` is the example's placeholder. */
export class Settings {
  readonly #environment: Environment;
  readonly #faults: FieldFault[] = [];

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  get faults(): readonly FieldFault[] {
    return this.#faults;
  }

  get inAzure(): boolean {
    return Boolean(this.#environment[AZURE_MARK]);
  }

  optional(name: SettingName): string | undefined {
    return this.named(name);
  }

  required(name: SettingName): string | undefined {
    return this.named(name) ?? this.missing(name, 'is missing');
  }

  /** A setting whose name the estate file gives. */
  named(name: string): string | undefined {
    const text = this.#environment[name]?.trim();
    if (!text) return undefined;
    return /^<.*>$/s.test(text) ? this.fault([name], 'still holds the placeholder of the example') : text;
  }

  /** Notes what is wrong, and stands for the value that there is not. */
  fault(path: readonly (string | number)[], detail: string): undefined {
    this.#faults.push({ pointer: pointerOf(path), detail });
  }

  /** Notes that a setting is not there, unless there is a placeholder, which is a fault already. */
  missing(name: string, detail: string): undefined {
    if (!this.#environment[name]?.trim()) this.fault([name], detail);
  }

  number(name: SettingName, bounds: { least: number; most: number; whole?: boolean }, unset: number): number {
    const text = this.named(name);
    if (text === undefined) return unset;
    const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    const fits = value >= bounds.least && value <= bounds.most && (!bounds.whole || Number.isInteger(value));
    if (fits) return value;
    this.fault([name], `must be a ${bounds.whole ? 'whole ' : ''}number from ${bounds.least} to ${bounds.most}`);
    return unset;
  }

  flag(name: SettingName, unset: boolean): boolean {
    const text = this.named(name)?.toLowerCase();
    if (text === undefined) return unset;
    if (text !== 'true' && text !== 'false') this.fault([name], 'must be true or false');
    return text === 'true';
  }

  json(name: SettingName, form: string): unknown {
    const text = this.named(name);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch {
      // The parser's message would quote the text, which may hold a password.
      return this.fault([name], `must be JSON: ${form}`);
    }
  }
}
