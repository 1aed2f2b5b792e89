import { redisScript } from './connection.js';

/** TTL of the outbox, renewed by each new entry; deliveries not made by then are dropped. */
const outboxTtlMs = 7 * 24 * 60 * 60 * 1000;
const checkIntervalMs = 60_000;
/** Placeholder for the client in entries of versions that did not store it; no encoded name equals it. */
export const unknownClient = '%';

/**
 * Keys after the prefix. Shared with earlier versions, which also take from them: `callbacks`, swaps by when the delivery of
 * their end is due · `callback-attempts`, attempts so far. Hidden from them: `callback-events`, deliveries of other events
 * by due time. For round-robin: `callback-owners`, client and host of each · `callback-clients`, who has entries ·
 * `callback-line:CLIENT`, a client's entries by due time · `callback-check`,
 * exists for a minute after these were reconciled.
 *
 * `callbacks` and `callback-events` are authoritative. Earlier versions do not update the lines, so these are reconciled.
 */
const keys = `
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
    redis.call('PEXPIRE', key, ${outboxTtlMs})
  end
end
local function own(entry, client, host, at)
  redis.call('HSET', owners, entry, cjson.encode({ client, host }))
  redis.call('ZADD', clients, 0, client)
  redis.call('ZADD', lineOf(client), at, entry)
end
local function drop(entry)
  local client = ownerOf(entry)
  redis.call('ZREM', setOf(entry), entry)
  redis.call('HDEL', attempts, entry)
  redis.call('HDEL', owners, entry)
  if not client then return end
  redis.call('ZREM', lineOf(client), entry)
  if redis.call('EXISTS', lineOf(client)) == 0 then redis.call('ZREM', clients, client) end
end`;

/** ARGV: prefix, entry, due at, client, host, `1` to have it made again. */
export const addScript = redisScript(`${keys}
local entry, at, client, host, again = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'
local known = redis.call('ZSCORE', setOf(entry), entry)
if known and again then
  redis.call('HDEL', attempts, entry)
  if tonumber(known) < tonumber(at) then at = known end
elseif known then
  if ownerOf(entry) then return end
  at = known
end
local owner = ownerOf(entry)
if owner and owner ~= client then redis.call('ZREM', lineOf(owner), entry) end
redis.call('ZADD', setOf(entry), at, entry)
own(entry, client, host, at)
keep(client)`);

/** ARGV: prefix, now, end of the lease, limit, limit of a client, client after whom to begin, JSON of limits by client. */
export const takeScript = redisScript(`${keys}
local now, untilAt, limit, perClient, after = tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local room = cjson.decode(ARGV[7])

-- What an earlier version added has no owner, and what it removed still has one. As many of the one as of the other are
-- found within a minute.
local isCheckDue = redis.call('SET', p .. 'callback-check', '1', 'NX', 'PX', ${checkIntervalMs})
if isCheckDue or redis.call('HLEN', owners) ~= redis.call('ZCARD', ends) + redis.call('ZCARD', events) then
  for _, set in ipairs({ ends, events }) do
    local all = redis.call('ZRANGE', set, 0, -1, 'WITHSCORES')
    for n = 1, #all, 2 do
      if not ownerOf(all[n]) then own(all[n], '${unknownClient}', '', all[n + 1]) end
    end
  end
  for _, entry in ipairs(redis.call('HKEYS', owners)) do
    if not redis.call('ZSCORE', setOf(entry), entry) then drop(entry) end
  end
  keep('${unknownClient}')
end

local function dueOf(client, most)
  while true do
    local due = redis.call('ZRANGEBYSCORE', lineOf(client), '-inf', now, 'LIMIT', 0, most)
    local isTrue = true
    for _, entry in ipairs(due) do
      local at = redis.call('ZSCORE', setOf(entry), entry)
      if not at then
        drop(entry)
        isTrue = false
      elseif tonumber(at) > now then
        redis.call('ZADD', lineOf(client), at, entry)
        isTrue = false
      end
    end
    if isTrue then return due end
  end
end

local lines = {}
local function visit(from, to)
  while #lines < limit do
    local names = redis.call('ZRANGEBYLEX', clients, from, to, 'LIMIT', 0, 64)
    if #names == 0 then return end
    for _, client in ipairs(names) do
      local most = math.min(room[client] or perClient, limit)
      local due = most > 0 and dueOf(client, most) or {}
      if #due > 0 then lines[#lines + 1] = { client = client, due = due } end
      if #lines == limit then return end
    end
    from = '(' .. names[#names]
  end
end
if after == '' then
  visit('-', '+')
else
  visit('(' .. after, '+')
  visit('-', '[' .. after)
end

local taken, round, hasMore = {}, 1, true
while hasMore and #taken < 3 * limit do
  hasMore = false
  for _, line in ipairs(lines) do
    local entry = line.due[round]
    if entry and #taken < 3 * limit then
      hasMore = true
      redis.call('ZADD', setOf(entry), untilAt, entry)
      redis.call('ZADD', lineOf(line.client), untilAt, entry)
      taken[#taken + 1] = entry
      taken[#taken + 1] = redis.call('HGET', attempts, entry) or '0'
      taken[#taken + 1] = redis.call('HGET', owners, entry) or cjson.encode({ line.client, '' })
    end
  end
  round = round + 1
end
return taken`);

/** ARGV: prefix, entry, attempts, due at. */
export const postponeScript = redisScript(`${keys}
local entry = ARGV[2]
if not redis.call('ZSCORE', setOf(entry), entry) then return end
redis.call('ZADD', setOf(entry), ARGV[4], entry)
redis.call('HSET', attempts, entry, ARGV[3])
local client, host = ownerOf(entry)
client = client or '${unknownClient}'
own(entry, client, host or '', ARGV[4])
keep(client)`);

/** ARGV: prefix, entry. */
export const removeScript = redisScript(`${keys}
drop(ARGV[2])`);
