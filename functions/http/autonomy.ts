// GET /api/autonomy: what each playbook has done for each component, what it would have done in shadow, and what that proposes (E8).
import { core } from '../../shared/compose.ts';
import type { Route } from '../../shared/http/route.ts';
import { reportAutonomy } from '../../shared/usecases/report-autonomy.ts';

export const autonomy: Route = {
  access: 'operator',
  methods: {
    GET: {
      summary: 'The record of playbooks and components, with proposals about their autonomy',
      handle: async () => ({ status: 200, jsonBody: await reportAutonomy(core()) }),
    },
  },
};
