-- Sets the operator's pause.
-- ARGV[1] prefix
-- ARGV[2] since, ms since the epoch
-- ARGV[3] until, ms since the epoch, or '' until it is resumed
-- ARGV[4] note, or ''
-- ARGV[5] TTL of the key, ms; each heartbeat renews it
-- Reply: nil

redis.call('DEL', operator)
redis.call('HSET', operator, 'since', ARGV[2], 'until', ARGV[3], 'note', ARGV[4])
redis.call('PEXPIRE', operator, ARGV[5])
changed('left')
