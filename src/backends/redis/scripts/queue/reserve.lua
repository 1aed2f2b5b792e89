-- Reserves room for a swap in the queue.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] token of the reservation
-- ARGV[4] limit per client
-- ARGV[5] limit for all clients together
-- ARGV[6] ms after which the reservation expires
-- Reply: 0 reserved, 1 the client or its parent has reached its limit, 2 all clients together have reached theirs

local token, ttl, time = ARGV[3], tonumber(ARGV[6]), now()
local keys = { reserved }
for index, account in ipairs(accountsOf(ARGV[2])) do
  local own = p .. 'reserved:' .. account
  redis.call('ZREMRANGEBYSCORE', own, '-inf', time)
  if waitingOf(account) + redis.call('ZCARD', own) >= tonumber(ARGV[4]) then return 1 end
  keys[index + 1] = own
end
redis.call('ZREMRANGEBYSCORE', reserved, '-inf', time)
local waiting = redis.call('HLEN', entries) - redis.call('HLEN', running)
if waiting + redis.call('ZCARD', reserved) >= tonumber(ARGV[5]) then return 2 end
for _, key in ipairs(keys) do
  redis.call('ZADD', key, time + ttl, token)
  redis.call('PEXPIRE', key, ttl)
end
return 0
