-- Leases due entries.
-- ARGV[1] prefix
-- ARGV[2] kind of entry
-- ARGV[3] now
-- ARGV[4] end of the lease
-- ARGV[5] limit
-- Reply: id and attempts of each

local taken = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', due, '-inf', ARGV[3], 'LIMIT', 0, ARGV[5])) do
  redis.call('ZADD', due, ARGV[4], id)
  taken[#taken + 1] = id
  taken[#taken + 1] = redis.call('HGET', attempts, id) or '0'
end
return taken
