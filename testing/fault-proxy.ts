import { onTestFinished } from 'vitest';
import { type FaultProxy, openFaultProxy } from './open-fault-proxy.js';

/** A TCP connection with faults on demand, to a port of this machine; gone when the test is over. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  const proxy = await openFaultProxy(targetPort);
  onTestFinished(proxy.close);
  return proxy;
}
