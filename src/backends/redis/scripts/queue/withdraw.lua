-- Removes a waiting swap.
-- ARGV[1] prefix
-- ARGV[2] id
-- Reply: 1 it was waiting, 0 it runs or is not here

local id = ARGV[2]
if redis.call('HEXISTS', running, id) == 1 or redis.call('HEXISTS', entries, id) == 0 then return 0 end
takeOut(id)
redis.call('HDEL', entries, id)
changed('moved')
return 1
