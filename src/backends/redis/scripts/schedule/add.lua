-- Adds an entry; no effect if the swap has one.
-- ARGV[1] prefix
-- ARGV[2] kind of entry
-- ARGV[3] id
-- ARGV[4] due at, ms since the epoch
-- Reply: nil

redis.call('ZADD', due, 'NX', ARGV[4], ARGV[3])
keep()
