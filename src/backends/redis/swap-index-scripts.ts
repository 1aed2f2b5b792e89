import { redisScript } from './connection.js';

/**
 * Keys after the prefix: `claim:CLIENT:KIND:VALUE` → "ID FINGERPRINT" · `entry:ID`, a hash of a swap's client, sequence
 * number, ModelsLab id and claims · `client:CLIENT`, its swaps by sequence number · `modelslab:ID` → swap · `open`, a
 * sorted set of "ID CLIENT" · `sequence`. A client is URI-encoded, so that it has no colon.
 *
 * Scripts reach keys that they find in others, so this is for one Redis (with replicas, with Sentinel), not for a cluster.
 */
const keys = `
local prefix = ARGV[1]
local open, sequence = prefix .. 'open', prefix .. 'sequence'
local function entryOf(id) return prefix .. 'entry:' .. id end
local function holderOf(claim)
  local value = redis.call('GET', prefix .. claim)
  return value and string.match(value, '^%S+'), value
end
local function longer(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end`;

/** id, client, fingerprint, milliseconds that an open swap is kept, the claims and who may be replaced, as JSON. */
export const acceptScript = redisScript(`${keys}
local id, client, fingerprint, ttl = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local wanted = cjson.decode(ARGV[6])
if wanted.guard then
  local holder, value = holderOf(wanted.guard)
  if holder and holder ~= wanted.replaces then return value end
end
local seq = redis.call('INCR', sequence)
for _, claim in ipairs(wanted.claims) do
  redis.call('SET', prefix .. claim, id .. ' ' .. fingerprint, 'PX', ttl)
end
redis.call('HSET', entryOf(id), 'client', client, 'seq', seq, 'claims', cjson.encode(wanted.claims))
redis.call('PEXPIRE', entryOf(id), ttl)
redis.call('ZADD', open, seq, id .. ' ' .. client)
local own = prefix .. 'client:' .. client
redis.call('ZADD', own, seq, id)
-- One in, up to two forgotten ones out: the index does not grow with swaps that are gone.
for _, old in ipairs(redis.call('ZRANGE', own, 0, 1)) do
  if redis.call('EXISTS', entryOf(old)) == 0 then redis.call('ZREM', own, old) end
end
for _, key in ipairs({ open, own, sequence }) do longer(key, ttl) end
return false`);

/** id, ModelsLab's id */
export const linkScript = redisScript(`${keys}
local entry = entryOf(ARGV[2])
local ttl = redis.call('PTTL', entry)
if ttl < 0 or redis.call('HSETNX', entry, 'modelsLabId', ARGV[3]) == 0 then return 0 end
redis.call('SET', prefix .. 'modelslab:' .. ARGV[3], ARGV[2], 'PX', ttl)
return 1`);

/** id, milliseconds since the epoch at which it is forgotten */
export const markEndedScript = redisScript(`${keys}
local id, expiresAt = ARGV[2], ARGV[3]
local entry = entryOf(id)
local client, seq, claims, modelsLabId, closed =
  unpack(redis.call('HMGET', entry, 'client', 'seq', 'claims', 'modelsLabId', 'closed'))
if not client or closed then return 0 end
redis.call('HSET', entry, 'closed', 1)
redis.call('ZREM', open, id .. ' ' .. client)
redis.call('PEXPIREAT', entry, expiresAt)
for _, claim in ipairs(cjson.decode(claims)) do
  if holderOf(claim) == id then redis.call('PEXPIREAT', prefix .. claim, expiresAt) end
end
if modelsLabId then redis.call('PEXPIREAT', prefix .. 'modelslab:' .. modelsLabId, expiresAt) end
local now = redis.call('TIME')
local ttl = expiresAt - (now[1] * 1000 + math.floor(now[2] / 1000))
if ttl > 0 then for _, key in ipairs({ prefix .. 'client:' .. client, sequence }) do longer(key, ttl) end end
return 1`);

/** client, how many, the lowest sequence number that is too high (or +inf) */
export const pageScript = redisScript(`${keys}
local own, wanted, before = prefix .. 'client:' .. ARGV[2], tonumber(ARGV[3]), ARGV[4]
local rows = {}
while #rows < 2 * wanted do
  local batch = redis.call('ZREVRANGEBYSCORE', own, '(' .. before, '-inf', 'WITHSCORES', 'LIMIT', 0, wanted)
  if #batch == 0 then break end
  for i = 1, #batch, 2 do
    before = batch[i + 1]
    if redis.call('EXISTS', entryOf(batch[i])) == 0 then
      redis.call('ZREM', own, batch[i])
    elseif #rows < 2 * wanted then
      rows[#rows + 1] = batch[i]
      rows[#rows + 1] = batch[i + 1]
    end
  end
end
return rows`);
