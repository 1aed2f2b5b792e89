-- Records ModelsLab's id of a swap. The first one stays.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] ModelsLab's id
-- Reply: 1 recorded, 0 the swap has one already or is unknown

local entry = entryOf(ARGV[2])
local ttl = redis.call('PTTL', entry)
if ttl < 0 or redis.call('HSETNX', entry, 'modelsLabId', ARGV[3]) == 0 then return 0 end
redis.call('SET', prefix .. 'modelslab:' .. ARGV[3], ARGV[2], 'PX', ttl)
return 1
