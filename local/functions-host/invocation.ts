// One invocation, in the worker's order (src/eventHandlers/InvocationHandler.ts): arguments, hooks before, the handler,
// hooks after, response. Hooks may replace inputs, the function, the result, and may swallow the error.
import type { CoreInvocationContext, FunctionCallback, InvocationRequest, InvocationResponse } from './core-types.ts';
import { type RegisteredFunction, type WorkerApp, withReadOnly } from './worker-app.ts';

export async function runInvocation(
  app: WorkerApp,
  registered: RegisteredFunction,
  request: InvocationRequest,
): Promise<InvocationResponse> {
  const core = coreContext(app, registered, request);
  const model = await app.model.getInvocationModel(core);
  const { context, inputs } = await model.getArguments();
  const shared = { hookData: {}, appHookData: app.appHookData, invocationContext: context };

  const before: BeforeContext = { inputs, functionCallback: registered.callback };
  core.state = 'preInvocationHooks';
  await app.runHooks('preInvocation', withReadOnly(before, shared));

  const after: AfterContext = { inputs: before.inputs, result: null, error: null };
  core.state = 'invocation';
  try {
    after.result = await model.invokeFunction(context, before.inputs, before.functionCallback);
  } catch (error) {
    after.error = error;
  }
  core.state = 'postInvocationHooks';
  await app.runHooks('postInvocation', withReadOnly(after, shared));
  core.state = undefined;
  if (after.error !== null && after.error !== undefined) throw after.error;
  return model.getResponse(context, after.result);
}

interface BeforeContext extends Record<string, unknown> {
  inputs: unknown[];
  functionCallback: FunctionCallback;
}

interface AfterContext extends Record<string, unknown> {
  inputs: unknown[];
  result: unknown;
  error: unknown;
}

function coreContext(
  app: WorkerApp,
  registered: RegisteredFunction,
  request: InvocationRequest,
): CoreInvocationContext {
  const { name } = registered.metadata;
  const { invocationId } = request;
  return {
    invocationId,
    request,
    metadata: registered.metadata,
    log(level, category, message) {
      const suffix = category === 'user' ? 'User' : category;
      app.log.write(level, `Function.${name}.${suffix}`, message, { function: name, invocationId });
    },
  };
}
