-- The outbox of client webhooks.
--
-- KEYS none; every key is built from the prefix in ARGV[1]. After the prefix:
-- Shared with earlier versions, which also take entries from them:
--   callbacks              sorted set: deliveries of finished swaps by due time
--   callback-attempts      hash: attempts so far
-- Hidden from earlier versions:
--   callback-events        sorted set: deliveries of other events by due time
-- For round-robin:
--   callback-owners        hash: entry -> client and host as JSON
--   callback-clients       sorted set: clients that have entries
--   callback-line:CLIENT   sorted set: a client's entries by due time
--   callback-check         string: exists for a minute after these three were reconciled
--
--   callback-given-up        sorted set: deliveries that were given up, by time
--   callback-given-up-facts  hash: entry -> attempts, client and host as JSON

-- `callbacks` and `callback-events` are authoritative. Earlier versions do not update the lines, so these are reconciled.

-- Renewed by each new entry; deliveries not made by then are dropped.
local ttlMs = 7 * 24 * 60 * 60 * 1000
local checkIntervalMs = 60000
-- Placeholder for the client in entries of versions that did not store it; no encoded name equals it. The same as in outbox.ts.
local unknownClient = '%'
local p = ARGV[1]
local ends, events, attempts = p .. 'callbacks', p .. 'callback-events', p .. 'callback-attempts'
local owners, clients = p .. 'callback-owners', p .. 'callback-clients'
local function lineOf(client) return p .. 'callback-line:' .. client end
local function setOf(entry)
  if string.find(entry, ' ', 1, true) then return events end
  return ends
end
local function ownerOf(entry)
  local owner = redis.call('HGET', owners, entry)
  if owner then return unpack(cjson.decode(owner)) end
end
local function keep(client)
  for _, key in ipairs({ ends, events, attempts, owners, clients, lineOf(client) }) do
    redis.call('PEXPIRE', key, ttlMs)
  end
end
local function own(entry, client, host, at)
  redis.call('HSET', owners, entry, cjson.encode({ client, host }))
  redis.call('ZADD', clients, 0, client)
  redis.call('ZADD', lineOf(client), at, entry)
end
local givenUp, givenUpFacts = p .. 'callback-given-up', p .. 'callback-given-up-facts'
local function forget(entry)
  redis.call('ZREM', givenUp, entry)
  redis.call('HDEL', givenUpFacts, entry)
end
local function drop(entry)
  local client = ownerOf(entry)
  redis.call('ZREM', setOf(entry), entry)
  redis.call('HDEL', attempts, entry)
  redis.call('HDEL', owners, entry)
  if not client then return end
  redis.call('ZREM', lineOf(client), entry)
  if redis.call('EXISTS', lineOf(client)) == 0 then redis.call('ZREM', clients, client) end
end
