import { onTestFinished } from 'vitest';
import { type FaultProxy, openFaultProxy } from './open-fault-proxy.js';

/** A TCP proxy to a local port, with faults on demand; closed after the test. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const proxy = await openFaultProxy(targetPort);
  onTestFinished(proxy.close);
  return proxy;
}
