-- Removes a delivery whose attempts are used up, and lists it as given up.
-- ARGV[1] prefix
-- ARGV[2] entry
-- ARGV[3] attempts
-- ARGV[4] client
-- ARGV[5] host
-- ARGV[6] given up at, ms since the epoch
-- Reply: nil

local entry, at = ARGV[2], tonumber(ARGV[6])
drop(entry)
for _, old in ipairs(redis.call('ZRANGEBYSCORE', givenUp, '-inf', string.format('(%d', at - ttlMs))) do forget(old) end
redis.call('ZADD', givenUp, at, entry)
redis.call('HSET', givenUpFacts, entry, cjson.encode({ ARGV[3], ARGV[4], ARGV[5] }))
redis.call('PEXPIRE', givenUp, ttlMs)
redis.call('PEXPIRE', givenUpFacts, ttlMs)
