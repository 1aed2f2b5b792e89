import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { BlockList, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor';
import { Deployment } from 'kubernetes-models/apps/v1/Deployment';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler';
import { Ingress } from 'kubernetes-models/networking.k8s.io/v1/Ingress';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import { ConfigMap } from 'kubernetes-models/v1/ConfigMap';
import { PersistentVolumeClaim } from 'kubernetes-models/v1/PersistentVolumeClaim';
import { Service } from 'kubernetes-models/v1/Service';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { type Config, readConfig, variableNames } from '../../src/config/config.js';
import { readProjectFile, projectRoot as root } from '../../testing/project-files.js';
import { temporaryFolder } from '../../testing/temporary-folder.js';
import { runTool } from '../../testing/unpacked-tool.js';

const kinds = {
  ConfigMap,
  Deployment,
  HorizontalPodAutoscaler,
  Ingress,
  NetworkPolicy,
  PersistentVolumeClaim,
  PodDisruptionBudget,
  PodMonitor,
  Service,
};
type Kind = keyof typeof kinds;

interface Manifest {
  apiVersion: string;
  kind: Kind;
  metadata: { name: string };
  [field: string]: unknown;
}

/** What `kubectl apply -k` would send. @throws Error with the message of Kustomize */
function render(folder: string): Manifest[] {
  const { passes, stdout, output } = runTool(
    'kubectl',
    ['kustomize', '--load-restrictor', 'LoadRestrictionsNone', folder],
    root,
  );
  if (!passes) throw new Error(output);
  return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
}

/** Renders an overlay with further components, as an operator's own overlay would. */
function renderWith(overlay: string, components: string[]): Manifest[] {
  const folder = mkdtempSync(join(tmpdir(), 'face-swap-overlay-'));
  symlinkSync(join(root, 'deploy/kubernetes'), join(folder, 'given'));
  const own = {
    resources: [`given/overlays/${overlay}`],
    components: components.map((name) => `given/components/${name}`),
  };
  writeFileSync(join(folder, 'kustomization.yaml'), JSON.stringify(own));
  try {
    return render(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const common: Kind[] = [
  'ConfigMap',
  'Deployment',
  'Ingress',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PodMonitor',
  'Service',
];
const optional = ['administration', 'client-tokens', 's3-archive', 'clients-file'];
const deployments = [
  { name: 'redis', manifests: render('deploy/kubernetes/overlays/redis'), own: 'HorizontalPodAutoscaler' },
  {
    name: 'embedded',
    manifests: render('deploy/kubernetes/overlays/embedded'),
    own: 'PersistentVolumeClaim',
  },
  {
    name: 'redis with all components',
    manifests: renderWith('redis', optional),
    own: 'HorizontalPodAutoscaler',
  },
];
const manifestsOf = (wanted: string): Manifest[] =>
  deployments.find(({ name }) => name === wanted)?.manifests ?? [];
const redis = manifestsOf('redis');

const find = (manifests: Manifest[], kind: Kind): Manifest => {
  const found = manifests.find((manifest) => manifest.kind === kind);
  if (!found) throw new Error(`no ${kind}`);
  return found;
};
const podOf = (manifests: Manifest[]) => {
  const template = new Deployment(find(manifests, 'Deployment') as never).spec?.template;
  const container = template?.spec?.containers[0];
  if (!template?.spec || !container) throw new Error('no container');
  return { labels: template.metadata?.labels, spec: template.spec, container };
};

/** The module that defines a kind, such as `apps/v1`; the core has no group. */
const moduleOf = ({ apiVersion, kind }: Manifest): string => {
  const library = kind === 'PodMonitor' ? '@kubernetes-models/prometheus-operator' : 'kubernetes-models';
  return `${library}/${apiVersion}/${kind}`;
};

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

const secretFolder = '/etc/face-swap-gateway/';
/** Values as an operator would give them, by the key in the Secret. */
const secrets: Record<string, string> = {
  MODELSLAB_API_KEY: 'mlk-7f3b9c0d2e4a',
  GATEWAY_API_KEYS: `web:${'3f9a1c'.repeat(10)}a1b2`,
  METRICS_TOKEN: 'T1h9mKq2xW8sLz5v',
  REDIS_URL: 'rediss://gateway:aR8bHq2nC@redis:6379/0',
  WEBHOOK_SECRET: 'kV5wQz8RtY2mNb7xJc4p',
  WEBHOOK_SIGNING_SECRET: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD',
  ADMIN_TOKEN: 'Zx4vBn7mQw2eRt6y',
  CLIENT_TOKEN_SECRET: 'pL9oKi8uJh7yGt6fRd5eSw4aQz3xCv2b',
  ARCHIVE_S3_ACCESS_KEY_ID: 'AKIAQX7DKE2SPLN5VZ4A',
  ARCHIVE_S3_SECRET_ACCESS_KEY: 'u5Yq1pWv0Zk8dLr3Tn6HsJc2',
};

/** The configuration of a gateway in this pod. @throws ConfigError as the gateway does at its start */
function configOf(manifests: Manifest[]): { config: Config; used: string[] } {
  const { container } = podOf(manifests);
  const settings = find(manifests, 'ConfigMap')['data'] as Record<string, string>;
  const folder = temporaryFolder();
  const used: string[] = [];
  const variables: Record<string, string> = { NODE_ENV: 'production', HOST: '0.0.0.0', ...settings };
  for (const { name, value = '' } of container.env ?? []) {
    expect(name.endsWith('_FILE') && value.startsWith(secretFolder)).toBe(true);
    const key = value.slice(secretFolder.length);
    const path = join(folder, key);
    writeFileSync(path, secrets[key] ?? '');
    used.push(key);
    variables[name] = path;
  }
  return { config: readConfig({ ...variables, DATA_DIR: folder }), used };
}

describe.each(deployments)('$name', ({ name, manifests, own }) => {
  const { labels, spec, container } = podOf(manifests);

  test('has every kind that it needs, in a known version, and no Secret with values', () => {
    expect(manifests.map(({ kind }) => kind).sort()).toEqual([...common, own].sort());
    for (const { kind, apiVersion } of manifests) expect(apiVersion).toBe(kinds[kind].apiVersion);
  });

  test('matches the types of Kubernetes', () => {
    expect(typeProblems(manifests)).toEqual([]);
  });

  test.each(manifests.map((manifest) => ({ kind: manifest.kind, manifest })))(
    '$kind matches the schema of Kubernetes, patterns and numbers included',
    ({ manifest }) => {
      const Model = kinds[manifest.kind] as new (data: never) => { validate(): void };
      expect(() => new Model(manifest as never).validate()).not.toThrow();
    },
  );

  test('its image has the version of the package', () => {
    const { version } = JSON.parse(readProjectFile('package.json')) as { version: string };
    expect(container.image).toBe(`face-swap-gateway:${version}`);
  });

  test('its settings and the files of its Secret are a configuration with which a gateway starts', () => {
    const { config, used } = configOf(manifests);
    expect(config.redisUrl !== undefined).toBe(name !== 'embedded');
    expect(config.metricsToken).toBeDefined();
    const settings = Object.keys(find(manifests, 'ConfigMap')['data'] as object);
    expect(variableNames).toEqual(expect.arrayContaining([...settings, ...used]));
    const monitor = JSON.stringify(find(manifests, 'PodMonitor'));
    expect(monitor).toContain('"credentials":{"key":"METRICS_TOKEN","name":"face-swap-gateway"}');
    if (name.includes('all components')) expect(used.sort()).toEqual(Object.keys(secrets).sort());
    for (const { secret } of spec.volumes ?? [])
      if (secret)
        expect([secret.secretName, secret.defaultMode]).toEqual([
          expect.stringMatching(/^face-swap-gateway(-clients)?$/),
          0o440,
        ]);
    expect(container.envFrom).toEqual([
      { configMapRef: { name: find(manifests, 'ConfigMap').metadata.name } },
    ]);
  });

  test('its parts refer to each other', () => {
    for (const kind of ['Deployment', 'PodDisruptionBudget', 'PodMonitor'] as const)
      expect(find(manifests, kind)['spec']).toMatchObject({ selector: { matchLabels: labels } });
    expect(find(manifests, 'Service')['spec']).toMatchObject({ selector: labels });
    const ingress = new Ingress(find(manifests, 'Ingress') as never).spec;
    const backends = ingress?.rules?.flatMap(({ http }) => http?.paths.map(({ backend }) => backend));
    expect(new Set(backends?.map((backend) => JSON.stringify(backend)))).toEqual(
      new Set(['{"service":{"name":"face-swap-gateway","port":{"name":"http"}}}']),
    );
    expect(ingress?.tls?.[0]?.hosts).toEqual(ingress?.rules?.map(({ host }) => host));
    const settings = find(manifests, 'ConfigMap')['data'] as Record<string, string>;
    expect(settings['DATA_DIR']).toMatch(/^\/data\/\w+$/);
    const mounted = container.volumeMounts?.map(({ name: volume }) => volume) ?? [];
    expect(spec.volumes?.map(({ name: volume }) => volume).sort()).toEqual(mounted.sort());
    expect(mounted).toEqual(expect.arrayContaining(['data', 'secrets', 'tmp']));
  });

  test('the administration is not exposed: the Service and the pod have the public port only', () => {
    expect((find(manifests, 'Service')['spec'] as { ports: unknown[] }).ports).toEqual([
      { name: 'http', port: 80, targetPort: 'http' },
    ]);
    expect(spec.containers.flatMap(({ ports }) => ports)).toEqual([{ name: 'http', containerPort: 4000 }]);
    expect(configOf(manifests).config.adminHost).toBe('127.0.0.1');
  });

  test('a pod has time to shut down, no more permissions than it needs, and a memory limit', () => {
    expect(spec.terminationGracePeriodSeconds).toBe(75);
    // The process exits at the latest SUBMIT_TIMEOUT_MS plus 5 s after SIGTERM (main.ts).
    const { submitTimeoutMs } = configOf(manifests).config;
    expect((container.lifecycle?.preStop?.sleep?.seconds ?? 0) + submitTimeoutMs / 1000 + 5).toBeLessThan(75);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    for (const [probe, path] of [
      [container.livenessProbe, '/livez'],
      [container.readinessProbe, '/readyz'],
    ] as const)
      expect(probe?.httpGet).toEqual({ path, port: 'http' });
    expect(container.resources?.limits?.['memory']).toMatch(/^\d+Mi$/);
  });

  test('the ingress keeps silent sockets open, and serves no operator’s route', () => {
    const { metadata, spec: rules } = new Ingress(find(manifests, 'Ingress') as never);
    const annotation = (key: string) => metadata?.annotations?.[`nginx.ingress.kubernetes.io/${key}`];
    for (const timeout of ['proxy-read-timeout', 'proxy-send-timeout'])
      expect(Number(annotation(timeout))).toBeGreaterThan(60);
    expect(annotation('proxy-body-size')).toBe('11m');
    const paths = rules?.rules?.flatMap(({ http }) => http?.paths ?? []) ?? [];
    const isServed = (url: string): boolean =>
      paths.some(({ path = '', pathType }) =>
        pathType === 'Exact' ? url === path : url === path || url.startsWith(`${path}/`),
      );
    for (const url of [
      '/',
      '/graphql',
      '/graphql/ide/',
      '/webhooks/modelslab/t',
      '/uploads',
      '/files/t/0.jpg',
      '/swaps/1/download',
      '/samples/ada.jpg',
      '/assets/index.js',
      '/docs/clients.md.txt',
    ])
      expect([url, isServed(url)]).toEqual([url, true]);
    for (const url of ['/metrics', '/livez', '/readyz', '/queue', '/backup'])
      expect([url, isServed(url)]).toEqual([url, false]);
  });
});

test('a misspelled key is found, however deep', () => {
  const misspelled = redis.map(
    (manifest) =>
      JSON.parse(
        JSON.stringify(manifest)
          .replace('"readinessProbe"', '"redinessProbe"')
          .replace('"averageValue"', '"avarageValue"')
          .replace('"maxUnavailable":1,', '"maxUnavailible":1,')
          .replace('"targetPort"', '"tragetPort"')
          .replace('"credentials"', '"credentails"')
          .replace('"data":{', '"dta":{'),
      ) as Manifest,
  );
  const found = typeProblems(misspelled).map((problem) => /'"?(\w+)"?' does not exist/.exec(problem)?.[1]);
  expect(found.sort()).toEqual(
    ['avarageValue', 'credentails', 'dta', 'maxUnavailible', 'redinessProbe', 'tragetPort'].sort(),
  );
});

test('on Redis, the autoscaler sets the number of pods, which spread over zones and nodes and are replaced one by one', () => {
  const { spec } = new Deployment(find(redis, 'Deployment') as never);
  expect(spec?.replicas).toBeUndefined();
  expect(spec?.strategy?.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
  const spread = podOf(redis).spec.topologySpreadConstraints ?? [];
  expect(spread.map(({ topologyKey }) => topologyKey)).toEqual([
    'topology.kubernetes.io/zone',
    'kubernetes.io/hostname',
  ]);
  expect(find(redis, 'HorizontalPodAutoscaler')['spec']).toMatchObject({
    scaleTargetRef: { kind: 'Deployment', name: find(redis, 'Deployment').metadata.name },
    minReplicas: 2,
    metrics: [{ pods: { metric: { name: 'face_swap_gateway_event_loop_utilization' } } }],
  });
});

test('an embedded gateway is one pod with its volume, which ends before the next one starts', () => {
  const embedded = manifestsOf('embedded');
  const { spec } = new Deployment(find(embedded, 'Deployment') as never);
  expect([spec?.replicas, spec?.strategy]).toEqual([1, { type: 'Recreate' }]);
  const { spec: pod, container } = podOf(embedded);
  expect(pod.volumes).toContainEqual({
    name: 'data',
    persistentVolumeClaim: { claimName: find(embedded, 'PersistentVolumeClaim').metadata.name },
  });
  expect(container.volumeMounts).toContainEqual({ name: 'data', mountPath: '/data' });
  // 1 GiB more for the process that decodes uploads.
  const megabytes = (manifests: Manifest[]): number =>
    Number.parseInt(String(podOf(manifests).container.resources?.limits?.['memory']), 10);
  expect(megabytes(embedded)).toBe(megabytes(redis) + 1024);
});

test('only the ingress controller and Prometheus may connect to a pod, and pods connect to nothing private but DNS and Redis', () => {
  const { spec } = new NetworkPolicy(find(redis, 'NetworkPolicy') as never);
  const { labels, container } = podOf(redis);
  expect(spec?.podSelector?.matchLabels).toEqual(labels);
  expect(spec?.policyTypes).toEqual(['Ingress', 'Egress']);
  const [ingress, ...others] = spec?.ingress ?? [];
  expect(others).toEqual([]);
  expect(ingress?.ports?.map(({ port }) => port)).toEqual([container.ports?.[0]?.name]);
  for (const peer of ingress?.from ?? [])
    expect([peer.namespaceSelector?.matchLabels, peer.podSelector?.matchLabels]).not.toContain(undefined);
  const ports = (manifests: Manifest[]) =>
    new NetworkPolicy(find(manifests, 'NetworkPolicy') as never).spec?.egress?.map((rule) =>
      rule.ports?.map(({ port }) => port),
    );
  expect(ports(redis)).toEqual([[53, 53], [443], [6379]]);
  expect(ports(manifestsOf('embedded'))).toEqual([[53, 53], [443]]);

  const internet = spec?.egress?.find(({ ports: [first] = [] }) => first?.port === 443);
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

test('few addresses are trusted as proxies', () => {
  for (const range of configOf(redis).config.trustedProxies)
    expect(Number(range.split('/')[1] ?? 32)).toBeGreaterThanOrEqual(24);
});
