-- Stops or resumes counting a run against the slots.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] token of its run
-- ARGV[4] 1 to run without a slot, 0 to occupy one again
-- Reply: 1 done, 0 the run belongs to another instance

local id = ARGV[2]
if redis.call('HGET', running, id) ~= ARGV[3] then return 0 end
if ARGV[4] == '1' then redis.call('SADD', unresolved, id) else redis.call('SREM', unresolved, id) end
return 1
