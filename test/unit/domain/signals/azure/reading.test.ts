// How single values of Azure's bodies are read: times, regions, text, services, names in any spelling (A2).
import { describe, expect, it } from 'vitest';
import {
  defaultWatchedServices,
  isObserving,
  watchedAmong,
} from '../../../../../shared/domain/estate/watched-services.ts';
import { regionName } from '../../../../../shared/domain/regions/region-name.ts';
import { azureTime } from '../../../../../shared/domain/signals/azure/azure-time.ts';
import { severityOf } from '../../../../../shared/domain/signals/azure/envelope.ts';
import { Fields } from '../../../../../shared/domain/signals/azure/fields.ts';
import { noticeKey } from '../../../../../shared/domain/signals/azure/notice-draft.ts';
import { plainText } from '../../../../../shared/domain/signals/azure/plain-text.ts';

describe('reading', () => {
  it.each([
    ['2026-11-20T07:50:00Z', '2026-11-20T07:50:00.000Z'],
    ['2021-11-15T09:35:12.9703687Z', '2021-11-15T09:35:12.970Z'],
    ['2017-10-18T23:49:25.3736084+00:00', '2017-10-18T23:49:25.373Z'],
    ['2026-11-20T07:50:00', '2026-11-20T07:50:00.000Z'],
    ['2026-11-20 07:50:00 UTC', '2026-11-20T07:50:00.000Z'],
    ['2026-11-20T07:50:00+0100', '2026-11-20T06:50:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['3/22/2019 1:36:31 PM', '2019-03-22T13:36:31.000Z'],
    ['3/22/2019 12:00:00 AM', '2019-03-22T00:00:00.000Z'],
    ['11/20/2026', '2026-11-20T00:00:00.000Z'],
    ['Fri, 20 Nov 2026 07:50:00 GMT', '2026-11-20T07:50:00.000Z'],
    ['/Date(1763625000000)/', '2025-11-20T07:50:00.000Z'],
    [1_763_625_000_000, '2025-11-20T07:50:00.000Z'],
    [1_763_625_000, '2025-11-20T07:50:00.000Z'],
    ['1763625000', '2025-11-20T07:50:00.000Z'],
    ['0001-01-01T00:00:00', undefined],
    ['9999-12-31T23:59:59Z', undefined],
    ['13/22/2019 1:36:31 PM', undefined],
    ['foo 1', undefined],
    ['2026-13-40T99:99:99Z', undefined],
    [{}, undefined],
    [Number.NaN, undefined],
  ])('A2: the time %s is %s', (sent, time) => {
    expect(azureTime(sent)).toBe(time);
  });

  it.each([
    ['East US 2', 'eastus2'],
    ['(US) West US 2', 'westus2'],
    ['eastus', 'eastus'],
    ['East US 2 EUAP', 'eastus2euap'],
    [' Global ', 'global'],
    ['§', ''],
  ])('C4: the region %s is %s', (sent, region) => {
    expect(regionName(sent)).toBe(region);
  });

  it.each([
    ['<p>a <b>b</b></p><p>c</p>', 'a b\nc'],
    ['1 &lt; 2 &amp;&amp; 3 &#62; 2&nbsp;&#x1F600;', '1 < 2 && 3 > 2 😀'],
    ['<script>alert(1)</script>x<style>p{}</style>y', 'xy'],
    ['&lt;script&gt;alert(1)&lt;/script&gt;', 'alert(1)'],
    ['<img src=x onerror=alert(1)>gone', 'gone'],
    ['a<br/>b<li>c</li>', 'a\nbc'],
    ['&unknown; &#0; &#99999999;', '&unknown;  &#99999999;'.replace('  ', ' ')],
    ['3 < 4 and 5 > 4', '3 < 4 and 5 > 4'],
  ])('C4: the text of %s is %s', (html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it('C4: services are watched whatever their maker and spelling', () => {
    const named = [
      'Key Vault',
      'azure key vault',
      'Virtual machines (Linux)',
      'Databricks',
      'Azure Lab Services',
      'Storage Mover',
    ];
    expect(watchedAmong(named, defaultWatchedServices)).toEqual(named.slice(0, 4));
    expect(['Azure Monitor', 'Application Insights', 'Storage'].map(isObserving)).toEqual([true, true, false]);
  });

  it('A2: names are known in any spelling, texts in any wrapping', () => {
    const fields = new Fields({
      Alert_Target_IDs: ['a', 2],
      status: { value: 'Active' },
      inner: '{"x":1}',
      nothing: null,
      list: [{ y: 2 }],
    });
    expect(fields.text('alertTargetIDs')).toBe('a, 2');
    expect(fields.text('nothing', 'Status')).toBe('Active');
    expect(fields.fields('inner').text('X')).toBe('1');
    expect(fields.fields('list').text('y')).toBe('2');
    expect(fields.has('nothing')).toBe(false);
    expect(new Fields('x').isEmpty).toBe(true);
  });

  it.each([
    ['Sev2', 'Sev2'],
    ['2', 'Sev2'],
    ['sev 0', 'Sev0'],
    ['Warning', 'Sev2'],
    ['Sev9', undefined],
    [undefined, undefined],
  ])('A2: the severity %s is %s', (sent, severity) => {
    expect(severityOf(sent)).toBe(severity);
  });

  it('A2: a key holds nothing that a key must not', () => {
    expect(noticeKey('service-health', 'ZMC5-NQ0')).toBe('service-health/ZMC5-NQ0');
    expect(noticeKey('service-health', '../x')).toMatch(/^service-health\/[0-9a-f]{40}$/);
  });
});
