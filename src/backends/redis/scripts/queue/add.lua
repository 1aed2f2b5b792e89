-- Adds a swap, and fills its reservation if it has one.
-- ARGV[1] prefix
-- ARGV[2] client in whose line it waits: the parent of a client token
-- ARGV[3] token of its reservation, or ''
-- ARGV[4] id
-- ARGV[5] expiresAt, ms since the epoch
-- ARGV[6] 0 to wait in the client's line; 1 to wait ahead of all lines; 2 to run without a slot
-- ARGV[7] TTL of the keys, ms
-- ARGV[8] its own client
-- Reply: 1 added, 0 already there

local client, id, expiresAt, isFirst, ttl = ARGV[2], ARGV[4], ARGV[5], ARGV[6] == '1', ARGV[7]
local needsSlot = ARGV[6] ~= '2'
redis.call('ZREM', reserved, ARGV[3])
redis.call('ZREM', p .. 'reserved:' .. client, ARGV[3])
if redis.call('HSETNX', entries, id, expiresAt .. ' ' .. client) == 0 then return 0 end
if not needsSlot then
  redis.call('HSET', running, id, '')
  redis.call('SADD', unresolved, id)
  redis.call('ZADD', stalled, 0, id)
elseif isFirst then
  -- It may be at ModelsLab, so it does not expire.
  redis.call('ZADD', first, expiresAt, id)
else
  redis.call('ZADD', expiry, expiresAt, id)
  -- Within a line the subjects take turns: each may have one swap per round, and joins the round of the line's first swap.
  local line, subjects = lineOf(client), p .. 'subjects:' .. client
  local head = redis.call('ZRANGE', line, 0, 0, 'WITHSCORES')[2]
  local last = redis.call('ZSCORE', subjects, ARGV[8])
  if not head then
    redis.call('DEL', subjects)
    last = nil
  elseif redis.call('EXISTS', subjects) == 0 then
    -- All of it was added by an earlier version.
    last = math.floor(redis.call('ZRANGE', line, -1, -1, 'WITHSCORES')[2])
  end
  local round = math.max(math.floor(head or 0), (last or -1) + 1)
  redis.call('ZADD', line, string.format('%d.%06d', round, nextNumber() % 1000000), id)
  redis.call('ZADD', subjects, round, ARGV[8])
  for _, key in ipairs({ line, subjects }) do redis.call('PEXPIRE', key, ttl) end
  redis.call('ZADD', turns, 'NX', nextNumber(), client)
end
return 1
