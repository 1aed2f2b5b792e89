-- Swaps: their records, dedup claims and indexes.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix:
--   pending:ID                 string: keyv envelope of a pending swap
--   ended:ID                   string: keyv envelope of a finished swap, written once
--   claim:CLIENT:KIND:VALUE    string: "ID FINGERPRINT" of the swap that holds it
--   entry:ID                   hash: a swap's client, sequence number, ModelsLab id, claims
--   client:CLIENT              sorted set: a client's swaps by sequence number
--   modelslab:ID               string: swap with this ModelsLab id
--   open                       sorted set: "ID CLIENT" of unfinished swaps, by sequence number
--   sequence                   number
--   consent:ID                 string: evidence of consent to a swap, JSON, written once; outlives the swap
--   consents                   sorted set: swaps with evidence, in the order in which it was added
--   consents:sequence          number
-- A client is URI-encoded, so that it contains no colon.
--
-- Scripts derive keys from stored values, so they require a single Redis (with replicas or Sentinel), not a cluster.

local prefix = ARGV[1]
local open, sequence = prefix .. 'open', prefix .. 'sequence'
local function entryOf(id) return prefix .. 'entry:' .. id end
local function ownOf(client) return prefix .. 'client:' .. client end
local function holderOf(claim)
  local value = redis.call('GET', prefix .. claim)
  return value and string.match(value, '^%S+'), value
end
local function extend(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end
local function addConsent(id, evidence, expiresAt)
  local key, list, seq = prefix .. 'consent:' .. id, prefix .. 'consents', prefix .. 'consents:sequence'
  if not redis.call('SET', key, evidence, 'NX', 'PXAT', expiresAt) then return end
  redis.call('ZADD', list, redis.call('INCR', seq), id)
  -- Each one removes up to two expired ones, so that the list does not accumulate them.
  for _, old in ipairs(redis.call('ZRANGE', list, 0, 1)) do
    if redis.call('EXISTS', prefix .. 'consent:' .. old) == 0 then redis.call('ZREM', list, old) end
  end
  local ttl = redis.call('PTTL', key)
  for _, each in ipairs({ list, seq }) do extend(each, ttl) end
end
