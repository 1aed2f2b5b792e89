-- Reschedules an entry.
-- ARGV[1] prefix
-- ARGV[2] kind of entry
-- ARGV[3] id
-- ARGV[4] attempts so far
-- ARGV[5] due at, ms since the epoch
-- Reply: nil

if not redis.call('ZSCORE', due, ARGV[3]) then return end
redis.call('ZADD', due, 'XX', ARGV[5], ARGV[3])
redis.call('HSET', attempts, ARGV[3], ARGV[4])
keep()
