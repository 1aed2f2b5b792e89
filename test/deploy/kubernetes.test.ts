import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { basename, join } from 'node:path';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { Secret } from 'kubernetes-models/v1/Secret';
import { Service } from 'kubernetes-models/v1/Service';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { readConfig, variableNames } from '../../src/config/config.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';

const root = join(import.meta.dirname, '../..');
const files = globSync('deploy/kubernetes/**/*.yaml', { cwd: root }).sort();
const kinds = {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  NetworkPolicy,
  PodDisruptionBudget,
  Secret,
  Service,
};
type Kind = keyof typeof kinds;

interface Manifest {
  apiVersion: string;
  kind: Kind;
  metadata: { name: string };
  [field: string]: unknown;
}
const read = (file: string): Manifest => parse(readFileSync(join(root, file), 'utf8')) as Manifest;
const manifests = files.map(read);

/** The module that defines a kind, such as `apps/v1`; the core has no group. */
const moduleOf = ({ apiVersion, kind }: Manifest): string => `kubernetes-models/${apiVersion}/${kind}`;

/**
 * Type errors of manifests against Kubernetes' types. The compiler checks each as an object literal, which also finds
 * unknown keys; Kubernetes' schemas let those pass.
 */
function typeProblems(all: Manifest[]): string[] {
  const folder = temporaryFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const texts = all.map(
    (manifest, n) =>
      `import type { I${manifest.kind} as Kind${n} } from '${moduleOf(manifest)}';\n` +
      `export const manifest${n}: Kind${n} = ${JSON.stringify(manifest, undefined, 1)};\n`,
  );
  writeFileSync(join(folder, 'manifests.ts'), texts.join(''));
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'nodenext',
        skipLibCheck: true,
        types: [],
      },
      files: ['manifests.ts'],
    }),
  );
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder, '--pretty', 'false'],
    { encoding: 'utf8' },
  );
  // Continuation lines of a problem are indented.
  const problems = (stdout + stderr).split(/\n(?! )/).filter((text) => text.includes('error TS'));
  if (status !== 0 && problems.length === 0) throw new Error(`tsc ended with ${status}: ${stdout}${stderr}`);
  return problems;
}

test('every kind that a deployment needs is present, in a known version', () => {
  expect(manifests.map(({ kind }) => kind).sort()).toEqual(Object.keys(kinds).sort());
  for (const { kind, apiVersion } of manifests) expect(apiVersion).toBe(kinds[kind].apiVersion);
});

test('manifests match the types of Kubernetes', () => {
  expect(typeProblems(manifests)).toEqual([]);
});

test('a misspelled key is found, however deep', () => {
  const misspelled = manifests.map(
    (manifest) =>
      JSON.parse(
        JSON.stringify(manifest)
          .replace('"readinessProbe"', '"redinessProbe"')
          .replace('"averageValue"', '"avarageValue"')
          .replace('"maxUnavailable":1,', '"maxUnavailible":1,')
          .replace('"targetPort"', '"tragetPort"')
          .replace('"stringData"', '"stringsData"')
          .replace('"data"', '"dta"'),
      ) as Manifest,
  );
  const found = typeProblems(misspelled).map((problem) => /'"(\w+)"' does not exist/.exec(problem)?.[1]);
  expect(found.sort()).toEqual(
    ['avarageValue', 'dta', 'maxUnavailible', 'redinessProbe', 'stringsData', 'tragetPort'].sort(),
  );
});

test.each(manifests.map((manifest, n) => ({ name: basename(files[n] ?? ''), manifest })))(
  '$name matches the schema of Kubernetes, patterns and numbers included',
  ({ manifest }) => {
    const Model = kinds[manifest.kind] as new (data: never) => { validate(): void };
    expect(() => new Model(manifest as never).validate()).not.toThrow();
  },
);

test('references between manifests match', () => {
  const of = (kind: Kind): Manifest => manifests.find((manifest) => manifest.kind === kind) as Manifest;
  const deployment = new Deployment(of('Deployment') as never);
  const pod = deployment.spec?.template;
  const labels = pod?.metadata?.labels;
  const container = pod?.spec?.containers[0];
  for (const kind of ['Deployment', 'PodDisruptionBudget'] as const)
    expect(of(kind)['spec']).toMatchObject({ selector: { matchLabels: labels } });
  expect(of('Service')['spec']).toMatchObject({ selector: labels, ports: [{ targetPort: 'http' }] });
  expect(of('HorizontalPodAutoscaler')['spec']).toMatchObject({
    scaleTargetRef: { kind: 'Deployment', name: of('Deployment').metadata.name },
    metrics: [{ pods: { metric: { name: 'face_swap_gateway_event_loop_utilization' } } }],
  });
  expect(container?.envFrom).toEqual([
    { configMapRef: { name: of('ConfigMap').metadata.name } },
    { secretRef: { name: of('Secret').metadata.name } },
  ]);
  const variables = [of('ConfigMap')['data'], of('Secret')['stringData']].flatMap((given) =>
    Object.keys(given as object),
  );
  expect(variableNames).toEqual(expect.arrayContaining(variables));
});

test('the administration is not exposed: the Service and the pod have the public port only', () => {
  const service = manifests.find(({ kind }) => kind === 'Service')?.['spec'] as { ports: unknown[] };
  expect(service.ports).toEqual([{ name: 'http', port: 80, targetPort: 'http' }]);
  const pod = new Deployment(read('deploy/kubernetes/deployment.yaml') as never).spec?.template.spec;
  expect(pod?.containers.flatMap(({ ports }) => ports)).toEqual([{ name: 'http', containerPort: 4000 }]);
  const { adminHost } = readConfig({});
  expect(adminHost).toBe('127.0.0.1');
});

test('a pod has time to shut down, and no more permissions than it needs', () => {
  const deployment = read('deploy/kubernetes/deployment.yaml') as never;
  const pod = new Deployment(deployment).spec?.template.spec;
  const container = pod?.containers[0];
  expect(pod?.terminationGracePeriodSeconds).toBe(75);
  // The process exits at the latest SUBMIT_TIMEOUT_MS plus 5 s after SIGTERM (main.ts).
  const { submitTimeoutMs } = readConfig({});
  expect((container?.lifecycle?.preStop?.sleep?.seconds ?? 0) + submitTimeoutMs / 1000 + 5).toBeLessThan(75);
  expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true });
  expect(container?.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  for (const [probe, path] of [
    [container?.livenessProbe, '/livez'],
    [container?.readinessProbe, '/readyz'],
  ] as const)
    expect(probe?.httpGet).toEqual({ path, port: 'http' });
});

test('only the ingress controller and Prometheus may connect to a pod, and pods connect to nothing private but DNS and Redis', () => {
  const { spec } = new NetworkPolicy(read('deploy/kubernetes/network-policy.yaml') as never);
  const deployment = new Deployment(read('deploy/kubernetes/deployment.yaml') as never);
  const pod = deployment.spec?.template;
  expect(spec?.podSelector?.matchLabels).toEqual(pod?.metadata?.labels);
  expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
  const [ingress, ...others] = spec?.ingress ?? [];
  expect(others).toEqual([]);
  expect(ingress?.ports?.map(({ port }) => port)).toEqual([pod?.spec?.containers[0]?.ports?.[0]?.name]);
  for (const peer of ingress?.from ?? [])
    expect([peer.namespaceSelector?.matchLabels, peer.podSelector?.matchLabels]).not.toContain(undefined);

  const internet = spec?.egress?.at(-1);
  expect(internet?.ports).toEqual([{ port: 443, protocol: 'TCP' }]);
  const reachable = (address: string): boolean => {
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    return (internet?.to ?? []).some(({ ipBlock }) => {
      const isIn = (range: string): boolean => {
        const [network = '', bits] = range.split('/');
        const list = new BlockList();
        list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
        return list.check(address, family);
      };
      return ipBlock !== undefined && isIn(ipBlock.cidr) && !(ipBlock.except ?? []).some(isIn);
    });
  };
  for (const address of [
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '127.0.0.1',
    '100.64.0.1',
  ])
    expect([address, reachable(address)]).toEqual([address, false]);
  for (const address of [
    'fd00:ec2::254',
    'fe80::1',
    '::1',
    '::ffff:10.0.0.1',
    '2002:a00:1::',
    '64:ff9b::a00:1',
  ])
    expect([address, reachable(address)]).toEqual([address, false]);
  for (const address of ['93.184.216.34', '2606:4700::1111'])
    expect([address, reachable(address)]).toEqual([address, true]);
});

test('few addresses are trusted as proxies, and every container has a memory limit', () => {
  const settings = read('deploy/kubernetes/config-map.yaml')['data'] as Record<string, string>;
  for (const range of readConfig({ TRUST_PROXY: settings['TRUST_PROXY'] ?? '' }).trustedProxies)
    expect(Number(range.split('/')[1] ?? 32)).toBeGreaterThanOrEqual(24);
  const { spec } = new Deployment(read('deploy/kubernetes/deployment.yaml') as never);
  for (const { resources } of spec?.template.spec?.containers ?? [])
    expect(resources?.limits?.['memory']).toMatch(/^\d+Mi$/);
});
