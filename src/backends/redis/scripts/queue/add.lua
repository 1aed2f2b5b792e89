-- Adds a swap, and fills its reservation if it has one.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] token of its reservation, or ''
-- ARGV[4] id
-- ARGV[5] expiresAt, ms since the epoch
-- ARGV[6] 0 to wait in the client's line; 1 to wait ahead of all lines; 2 to run without a slot
-- ARGV[7] TTL of the keys, ms
-- Reply: 1 added, 0 already there

local client, id, expiresAt, isFirst, ttl = ARGV[2], ARGV[4], ARGV[5], ARGV[6] == '1', ARGV[7]
local needsSlot = ARGV[6] ~= '2'
dropReservation(client, ARGV[3])
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
  redis.call('ZADD', lineOf(client), nextNumber(), id)
  redis.call('PEXPIRE', lineOf(client), ttl)
  local _, parent = unpack(accountsOf(client))
  if parent then
    redis.call('SADD', tokensOf(parent), client)
    redis.call('PEXPIRE', tokensOf(parent), ttl)
  end
  redis.call('ZADD', turns, 'NX', nextNumber(), client)
end
return 1
