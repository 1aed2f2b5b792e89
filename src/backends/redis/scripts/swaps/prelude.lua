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
--   open                       sorted set: "ID CLIENT" of unfinished swaps, by sequence number
--   sequence                   number
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
