// What marks a notice as a test: flags of synthetic events, the words of the portal's "Test action group", its sample names.
import { type Fields, folded } from './fields.ts';

export interface Marked {
  readonly rule?: string | undefined;
  readonly description?: string | undefined;
  readonly alertId?: string | undefined;
  readonly targets?: readonly string[];
  /** Custom properties of the rule. */
  readonly custom?: Fields;
}

const SAMPLE_RULE = /^test-(?:\w*AlertRule(?:-v\d.*)?|availabilityTest-test-\w+)$/i;
/** Folded, because the portal's samples of 2025 have lost their spaces. */
const SAMPLE_DESCRIPTIONS = ['alertruledescription', 'thisisasamplebudgetalert'] as const;
/** One of them may be somebody's own; two are the portal's (its samples of 2021 to 2025 have three and more). */
const MARKS_OF_A_SAMPLE = 2;

export function isPortalSample({ rule, description, alertId, targets = [], custom }: Marked): boolean {
  const marks = [
    SAMPLE_RULE.test(rule ?? ''),
    SAMPLE_DESCRIPTIONS.some((sample) => folded(description ?? '').includes(sample)),
    targets.length > 0 && targets.every((target) => /\/resourcegroups\/test-rg(?:\/|$)/i.test(target)),
    custom?.text('customKey1') === 'value1',
    /\/(?:Test_Alert|test-\w*AlertRule)$/i.test(alertId ?? ''),
    /^Test_\w+_budget$/i.test(rule ?? ''),
  ];
  return marks.filter(Boolean).length >= MARKS_OF_A_SAMPLE;
}

/** Of a Service Health event. The flag is text as a rule, in both spellings. */
export function isSynthetic(properties: Fields, trackingId: string | undefined, title: string | undefined): boolean {
  if (/^(?:true|1|yes)$/i.test(properties.text('isSynthetic') ?? '')) return true;
  return /^test-/i.test(trackingId ?? '') || isTestTitle(title);
}

/** `Test`, `[TEST] ...`, `Test Action Group - ...`, `A test from synthetics service`; not what merely has the word in it. */
function isTestTitle(title: string | undefined): boolean {
  const text = title ?? '';
  if (/^(?:testactiongroup|testincident|testalert|testnotification)/.test(folded(text))) return true;
  return /^\W*test(?:\W*$|\s*[\]):–-])/i.test(text) || /\btest\b.{0,40}\bsynthetic/i.test(text);
}
