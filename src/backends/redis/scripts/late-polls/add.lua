-- Schedules the first poll of a swap; no effect if it has one.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] due at, ms since the epoch
-- Reply: nil

redis.call('ZADD', due, 'NX', ARGV[3], ARGV[2])
keep()
