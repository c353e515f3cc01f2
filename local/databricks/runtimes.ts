// Databricks runtimes: those on the list, and those that are off it since their end of support but still start.
// [learn.microsoft.com/azure/databricks/release-notes/runtime]

const SUPPORTED: readonly (readonly [string, string])[] = [
  ['17.3.x-scala2.13', '17.3 LTS (includes Apache Spark 4.0.0, Scala 2.13)'],
  ['16.4.x-scala2.12', '16.4 LTS (includes Apache Spark 3.5.2, Scala 2.12)'],
  ['16.4.x-scala2.13', '16.4 LTS (includes Apache Spark 3.5.2, Scala 2.13)'],
  ['15.4.x-scala2.12', '15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)'],
  ['14.3.x-scala2.12', '14.3 LTS (includes Apache Spark 3.5.0, Scala 2.12)'],
  ['13.3.x-scala2.12', '13.3 LTS (includes Apache Spark 3.4.1, Scala 2.12)'],
];
const RETIRED = ['12.2.x-scala2.12', '11.3.x-scala2.12', '10.4.x-scala2.12', '9.1.x-scala2.12'];
/** The same runtimes with machine learning, GPUs or Photon built in. */
const VARIANT = /-(cpu-ml|gpu-ml|photon|cpu|gpu|aarch64)(?=-)/g;

const NAMES = new Set([...SUPPORTED.map(([key]) => key), ...RETIRED]);

export function isRuntime(version: string): boolean {
  return NAMES.has(version.replaceAll(VARIANT, ''));
}

/** As `clusters/spark-versions` lists them: without the retired ones. */
export function runtimeViews(): unknown[] {
  return SUPPORTED.map(([key, name]) => ({ key, name }));
}
