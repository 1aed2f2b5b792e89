-- Leases due polls.
-- ARGV[1] prefix
-- ARGV[2] now
-- ARGV[3] end of the lease
-- ARGV[4] limit
-- Reply: id and attempts of each

local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[2], 'LIMIT', 0, ARGV[4])) do
  redis.call('ZADD', due, ARGV[3], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGET', attempts, id) or '0'
end
return taken
