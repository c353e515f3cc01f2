// Proves the house rules (style 2.2, 2.3, 2.6) on every source, and on planted sources that each rule really finds what breaks it.
import { describe, expect, test } from 'vitest';
import {
  castsAreRare,
  environmentIsConfig,
  filesAreShort,
  noModuleState,
  timeIsHandedIn,
} from './architecture/code-rules.ts';
import { everyStepIsListed, noCircles, oneEntryRegisters, sdksAreLoadedOnDemand } from './architecture/import-rules.ts';
import { everyFileHasALayer, layerRules } from './architecture/layers.ts';
import type { Planted, Rule } from './architecture/rule.ts';
import { readProject, readSource } from './architecture/source.ts';

const rules: readonly Rule[] = [
  everyFileHasALayer,
  ...layerRules,
  noCircles,
  sdksAreLoadedOnDemand,
  oneEntryRegisters,
  environmentIsConfig,
  timeIsHandedIn,
  noModuleState,
  filesAreShort,
  castsAreRare,
  everyStepIsListed,
];

const project = readProject();

function planted(sources: Planted) {
  return Object.entries(sources).map(([path, text]) => readSource(path, text));
}

describe('the architecture', () => {
  test('the rules have sources to look at', () => {
    const folders = new Set(project.map(({ path }) => path.split('/')[0]));
    expect([...folders]).toEqual(expect.arrayContaining(['functions', 'shared', 'local']));
    expect(project.flatMap(({ imports }) => imports).length).toBeGreaterThan(200);
  });

  test('every relative import of the project leads to a file that was read', () => {
    const paths = new Set(project.map(({ path }) => path));
    const lost = project.flatMap(({ path, imports }) =>
      imports
        .filter((entry) => entry.path?.endsWith('.ts') && !paths.has(entry.path))
        .map((entry) => `${path}: ${entry.path}`),
    );
    expect(lost).toEqual([]);
  });

  for (const { sentence, faults } of rules) {
    test(sentence, () => {
      expect(faults(project)).toEqual([]);
    });
  }
});

describe('the rules find what breaks them', () => {
  for (const { sentence, faults, caught, allowed } of rules) {
    test(`${sentence}: breaking it is found`, () => {
      expect(caught.length).toBeGreaterThan(0);
      for (const sources of caught) expect(faults(planted(sources)), JSON.stringify(sources)).not.toEqual([]);
    });

    test(`${sentence}: keeping it is no fault`, () => {
      for (const sources of allowed) expect(faults(planted(sources)), JSON.stringify(sources)).toEqual([]);
    });
  }
});
