// POST /azure/service-health: what an action group tells of Azure's own health (C4).
import type { Route } from '../../shared/http/route.ts';
import { azureAlert } from './azure-alert.ts';

export const serviceHealth: Route = {
  access: 'hook',
  methods: { POST: { summary: 'Take a Service Health notice', handle: azureAlert } },
};
