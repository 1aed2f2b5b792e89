-- Reserves room for a swap in the queue.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] token of the reservation
-- ARGV[4] limit per client
-- ARGV[5] limit for all clients together
-- ARGV[6] ms after which the reservation expires
-- Reply: 0 reserved, 1 the client has reached its limit, 2 all clients together have reached theirs

local client, token, ttl = ARGV[2], ARGV[3], tonumber(ARGV[6])
local own, time = p .. 'reserved:' .. client, now()
for _, key in ipairs({ reserved, own }) do redis.call('ZREMRANGEBYSCORE', key, '-inf', time) end
if redis.call('ZCARD', lineOf(client)) + redis.call('ZCARD', own) >= tonumber(ARGV[4]) then return 1 end
local waiting = redis.call('HLEN', entries) - redis.call('HLEN', running)
if waiting + redis.call('ZCARD', reserved) >= tonumber(ARGV[5]) then return 2 end
for _, key in ipairs({ reserved, own }) do
  redis.call('ZADD', key, time + ttl, token)
  redis.call('PEXPIRE', key, ttl)
end
return 0
