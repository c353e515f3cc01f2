import { MemoryJobs } from '../builders/memory-jobs.ts';
import { JOB, jobsContract } from './jobs-contract.ts';

jobsContract('in memory', async () => {
  const time = { now: Date.parse('2026-11-20T08:00:00.000Z') };
  const jobs = new MemoryJobs({ now: () => new Date(time.now) });
  return {
    jobs,
    put: async (count = 1) => {
      const tasks = Array.from({ length: count }, (_, at) => ({ task: at === 0 ? 'main' : `t${at}`, maxRetries: 0 }));
      jobs.put(JOB, { name: 'nightly', tasks });
    },
    failNext: async (code, message) => jobs.order({ code, message }),
    pass: async (seconds) => {
      time.now += seconds * 1000;
    },
    now: () => new Date(time.now).toISOString(),
    close: async () => {},
  };
});
