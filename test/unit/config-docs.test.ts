// The example and the reference page list exactly the settings that there are, and the example is safe to start from.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { channelSchema } from '../../shared/adapters/channels/index.ts';
import { hostSettingNames, settingNames } from '../../shared/config/settings.ts';
import { readConfig } from '../../shared/config.ts';

const root = new URL('../../', import.meta.url);
const exampleSchema = z.strictObject({ IsEncrypted: z.literal(false), Values: z.record(z.string(), z.string()) });

function textOf(path: string): string {
  return readFileSync(new URL(path, root), 'utf8');
}

const example = exampleSchema.parse(JSON.parse(textOf('local.settings.example.json'))).Values;
const page = textOf('docs/reference/settings.md');
const all = [...settingNames, ...hostSettingNames].sort();

function faultsOf(environment: Record<string, string>): string[] {
  const result = readConfig(environment, { readFile: textOf, channelSchema });
  return result.ok ? [] : result.faults.map(({ pointer, detail }) => `${pointer} ${detail}`);
}

test('L4: the example lists exactly the settings that there are', () => {
  expect(Object.keys(example).sort()).toEqual(all);
});

test('L4: the reference page explains each setting once, and its table lists the same', () => {
  const headings = [...page.matchAll(/^### `(\w+)`$/gm)].map(([, name]) => name);
  const rows = [...page.matchAll(/^\| *`(\w+)` *\|/gm)].map(([, name]) => name);
  expect(headings.sort()).toEqual(all);
  expect(rows.sort()).toEqual(all);
});

test('L4: each setting on the reference page has an explanation', () => {
  const empty = page
    .split(/^### /m)
    .slice(1)
    .filter((section) => section.split('\n').slice(1).join(' ').trim().length < 20);
  expect(empty).toEqual([]);
});

test('A3: the example holds no secret that would work: what is secret has to be filled in', () => {
  const placeholders = ['API_KEYS', 'ServiceBusConnection', 'HCP_TERRAFORM_TOKEN', 'SLACK_WEBHOOK_URL', 'WEBHOOK_URL'];
  expect(faultsOf(example)).toEqual(placeholders.map((name) => `/${name} still holds the placeholder of the example`));
});

test('L4: filled in, the example is a right configuration, and it repairs nothing by itself', () => {
  const filled = {
    ...example,
    API_KEYS: 'a-key-made-for-this-test',
    HCP_TERRAFORM_TOKEN: 'a-token-of-this-test',
    ServiceBusConnection: 'Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=app;SharedAccessKey=abc=',
    WEBHOOK_URL: 'https://example.com/hook',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x',
  };
  expect(faultsOf(filled)).toEqual([]);
  const result = readConfig(filled, { readFile: textOf, channelSchema });
  expect(result.ok && result.config.autoRemediationEnabled).toBe(false);
});

test('L4: the defaults that the page tells are those that hold', () => {
  const told = new Map(
    [...page.matchAll(/^\| *`(\w+)` *\|[^|]*\| *`([^`|]+)` *\|$/gm)].map(([, name, value]) => [name, value]),
  );
  const bare = {
    ...example,
    API_KEYS: 'a-key-made-for-this-test',
    ServiceBusConnection__fullyQualifiedNamespace: 'x.y',
  };
  const left = [
    'AUTO_REMEDIATION_ENABLED',
    'TIME_SCALE',
    'MAX_BODY_BYTES',
    'DOOR_WAIT_SECONDS',
    'RETENTION_INCIDENT_DAYS',
    'RETENTION_SIGNAL_DAYS',
    'RETENTION_DEAD_LETTER_DAYS',
    'ServiceBusConnection',
  ];
  const environment = {
    ...Object.fromEntries(Object.entries(bare).filter(([name]) => !left.includes(name))),
    HCP_TERRAFORM_TOKEN: 'a-token-of-this-test',
    WEBHOOK_URL: 'https://example.com/hook',
    SLACK_WEBHOOK_URL: 'https://hooks.slack.com/services/T/B/x',
  };
  const result = readConfig(environment, { readFile: textOf, channelSchema });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  const { doors, autoRemediationEnabled, timeScale, retention } = result.config;
  expect(told).toEqual(
    new Map([
      ['AUTO_REMEDIATION_ENABLED', String(autoRemediationEnabled)],
      ['RETENTION_INCIDENT_DAYS', String(retention.incidentDays)],
      ['RETENTION_SIGNAL_DAYS', String(retention.signalDays)],
      ['RETENTION_DEAD_LETTER_DAYS', String(retention.deadLetterDays)],
      ['TIME_SCALE', String(timeScale)],
      ['MAX_BODY_BYTES', String(doors.maxBodyBytes)],
      ['DOOR_WAIT_SECONDS', String(doors.waitSeconds)],
    ]),
  );
});
