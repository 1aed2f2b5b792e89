-- Ends the polling of a swap.
-- ARGV[1] prefix
-- ARGV[2] id
-- Reply: nil

redis.call('ZREM', due, ARGV[2])
redis.call('HDEL', attempts, ARGV[2])
