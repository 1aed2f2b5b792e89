-- Reschedules a delivery after a failed attempt.
-- ARGV[1] prefix
-- ARGV[2] entry
-- ARGV[3] attempts so far
-- ARGV[4] due at, ms since the epoch
-- Reply: nil

local entry = ARGV[2]
if not redis.call('ZSCORE', setOf(entry), entry) then return end
redis.call('ZADD', setOf(entry), ARGV[4], entry)
redis.call('HSET', attempts, entry, ARGV[3])
local client, host = ownerOf(entry)
client = client or unknownClient
own(entry, client, host or '', ARGV[4])
keep(client)
