-- Removes an entry.
-- ARGV[1] prefix
-- ARGV[2] kind of entry
-- ARGV[3] id
-- Reply: nil

redis.call('ZREM', due, ARGV[3])
redis.call('HDEL', attempts, ARGV[3])
