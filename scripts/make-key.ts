/**
 * Creates an API key for a client: npm run keys -- NAME. The key is shown once and stored nowhere.
 * `npm run keys -- webhook-secret NAME` shows the secret of its webhooks.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { findWebhookSecret } from './webhook-secret.ts';

const [name = '', ...rest] = process.argv.slice(2);
if (name === 'webhook-secret') {
  if (existsSync('.env')) process.loadEnvFile('.env');
  const found = await findWebhookSecret(rest, process.env);
  if ('problem' in found) console.error(found.problem);
  else console.log(found.secret);
  process.exit('problem' in found ? 1 : 0);
}
if (!/^[\w.-]{1,64}$/.test(name)) {
  console.error(
    'usage: npm run keys -- NAME, where NAME has 1 to 64 letters, digits, dots, dashes or underscores',
  );
  process.exit(1);
}
const key = `fsg_${randomBytes(32).toString('base64url')}`;
console.log(`Key of ${name}, to be sent as "Authorization: Bearer KEY"; it cannot be shown again:

  ${key}

For the gateway's environment; after a comma, if GATEWAY_API_KEYS has others. A client may have several:

  GATEWAY_API_KEYS=${name}:${createHash('sha256').update(key).digest('hex')}`);
