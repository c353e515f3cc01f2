// POST /azure/monitor-alert: what an action group tells of alert rules (A2).
import type { Route } from '../../shared/http/route.ts';
import { azureAlert } from './azure-alert.ts';

export const monitorAlert: Route = {
  access: 'hook',
  methods: { POST: { summary: 'Take an alert of Azure Monitor', handle: azureAlert } },
};
