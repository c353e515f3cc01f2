// The smallest functions app there is: what a cold start is compared with.
import { app } from '@azure/functions';

app.http('hello', { methods: ['GET'], authLevel: 'anonymous', handler: async () => ({ body: 'hello' }) });
