-- Reschedules a poll.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] attempts so far
-- ARGV[4] due at, ms since the epoch
-- Reply: nil

if not redis.call('ZSCORE', due, ARGV[2]) then return end
redis.call('ZADD', due, 'XX', ARGV[4], ARGV[2])
redis.call('HSET', attempts, ARGV[2], ARGV[3])
keep()
