-- Swaps: their records, dedup claims and indexes.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix:
--   pending:ID                 string: keyv envelope of a pending swap
--   ended:ID                   string: keyv envelope of a finished swap, written once
--   claim:CLIENT:KIND:VALUE    string: "ID FINGERPRINT" of the swap that holds it
--   entry:ID                   hash: a swap's client, sequence number, ModelsLab id, claims
--   client:CLIENT              sorted set: a client's swaps by sequence number
--   listed:CLIENT:STATUS       sorted set: "SEQUENCE ID" of a client's swaps with a final status, or `open`, by time of creation
--   modelslab:ID               string: swap with this ModelsLab id
--   tokens:CLIENT              sorted set: the swaps of the client tokens that a client created, by sequence number
--   usage:CLIENT:MONTH         hash: swaps accepted in a month, and how many have succeeded and failed
--   signatures                 string: per-client, or shared if an earlier version has used this Redis
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
-- The parent of a client token's client, `token:PARENT:SUBJECT`.
local function parentOf(client) return string.match(client, '^token%%3A([^%%]+)%%3A') end
local function tokensOf(parent) return prefix .. 'tokens:' .. parent end
local function countUsage(client, month, expiresAt, field)
  for _, account in ipairs({ client, parentOf(client) }) do
    local key = prefix .. 'usage:' .. account .. ':' .. month
    redis.call('HINCRBY', key, field, 1)
    redis.call('PEXPIREAT', key, expiresAt)
  end
end
-- How client webhooks are signed by default, determined once: an earlier version leaves one of the two sequence numbers. Kept for
-- 400 days from its last use.
local function signatures()
  local known = redis.call('GETEX', prefix .. 'signatures', 'EX', 400 * 86400)
  if known then return known end
  local isOld = redis.call('EXISTS', sequence, prefix .. 'queue:sequence') > 0
  local found = isOld and 'shared' or 'per-client'
  redis.call('SET', prefix .. 'signatures', found, 'EX', 400 * 86400)
  return found
end
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

local groups = { 'open', 'SUCCEEDED', 'FAILED', 'CANCELED', 'EXPIRED' }
local function listOf(client, group) return prefix .. 'listed:' .. client .. ':' .. group end
-- Padded, so that swaps of the same millisecond are in the order of acceptance.
local function memberOf(id, seq) return string.format('%016d ', seq) .. id end
-- Moves a swap to one of its client's lists. createdAt: ms since the epoch.
local function list(client, id, seq, createdAt, group, ttl)
  local member = memberOf(id, seq)
  for _, other in ipairs(groups) do
    if other ~= group then redis.call('ZREM', listOf(client, other), member) end
  end
  redis.call('ZADD', listOf(client, group), createdAt, member)
  extend(listOf(client, group), math.max(ttl, redis.call('PTTL', ownOf(client))))
end
-- Removes an expired swap from its client's lists.
local function unlist(client, id, seq)
  redis.call('ZREM', ownOf(client), id)
  for _, group in ipairs(groups) do redis.call('ZREM', listOf(client, group), memberOf(id, seq)) end
end
