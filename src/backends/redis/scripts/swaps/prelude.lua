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
