-- Releases a reservation.
-- ARGV[1] prefix
-- ARGV[2] client
-- ARGV[3] token of the reservation
-- Reply: nil

redis.call('ZREM', reserved, ARGV[3])
redis.call('ZREM', p .. 'reserved:' .. ARGV[2], ARGV[3])
