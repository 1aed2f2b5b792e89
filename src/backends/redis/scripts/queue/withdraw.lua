-- Removes a waiting swap.
-- ARGV[1] prefix
-- ARGV[2] id
-- Reply: 1 removed, 0 it is running or not in the queue

local id = ARGV[2]
if redis.call('HEXISTS', running, id) == 1 or redis.call('HEXISTS', entries, id) == 0 then return 0 end
dequeue(id)
redis.call('HDEL', entries, id)
changed('moved')
return 1
