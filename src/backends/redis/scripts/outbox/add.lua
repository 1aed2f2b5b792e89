-- Adds a delivery.
-- ARGV[1] prefix
-- ARGV[2] entry
-- ARGV[3] due at, ms since the epoch
-- ARGV[4] client
-- ARGV[5] host
-- ARGV[6] 1 to deliver it again
-- Reply: nil

local entry, at, client, host, again = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6] == '1'
if again then forget(entry) end
local known = redis.call('ZSCORE', setOf(entry), entry)
if known and again then
  redis.call('HDEL', attempts, entry)
  if tonumber(known) < tonumber(at) then at = known end
elseif known then
  if ownerOf(entry) then return end
  at = known
end
local owner = ownerOf(entry)
if owner and owner ~= client then redis.call('ZREM', lineOf(owner), entry) end
redis.call('ZADD', setOf(entry), at, entry)
own(entry, client, host, at)
keep(client)
