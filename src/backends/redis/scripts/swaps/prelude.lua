-- Swaps: their records, dedup claims and indexes.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix:
--   pending:ID                 string: keyv envelope of a pending swap
--   ended:ID                   string: keyv envelope of an ended swap, written once
--   claim:CLIENT:KIND:VALUE    string: "ID FINGERPRINT" of the swap that holds it
--   entry:ID                   hash: a swap's client, sequence number, ModelsLab id, claims
--   client:CLIENT              sorted set: a client's swaps by sequence number
--   modelslab:ID               string: swap with this ModelsLab id
--   open                       sorted set: "ID CLIENT" of swaps that have not ended, by sequence number
--   sequence                   number
-- A client is URI-encoded, so that it has no colon.
--
-- Scripts reach keys that they find in others, so this is for one Redis (with replicas, with Sentinel), not for a cluster.

local prefix = ARGV[1]
local open, sequence = prefix .. 'open', prefix .. 'sequence'
local function entryOf(id) return prefix .. 'entry:' .. id end
local function ownOf(client) return prefix .. 'client:' .. client end
local function holderOf(claim)
  local value = redis.call('GET', prefix .. claim)
  return value and string.match(value, '^%S+'), value
end
local function longer(key, ttl)
  if redis.call('PTTL', key) < tonumber(ttl) then redis.call('PEXPIRE', key, ttl) end
end
