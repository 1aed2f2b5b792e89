-- Writes the record of a finished swap, once, and counts its outcome. A swap of an earlier version, whose acceptance was not counted,
-- is not counted.
-- ARGV[1] prefix
-- ARGV[2] id
-- ARGV[3] record
-- ARGV[4] ms that it is kept
-- ARGV[5] field of the client's usage to increase, or ''
-- ARGV[6] when the counts of the month expire, ms since the epoch
-- Reply: 1 written, 0 there is a record already

local id, field = ARGV[2], ARGV[5]
if not redis.call('SET', prefix .. 'ended:' .. id, ARGV[3], 'PX', ARGV[4], 'NX') then return 0 end
local client, month = unpack(redis.call('HMGET', entryOf(id), 'client', 'month'))
if field ~= '' and client and month then countUsage(client, month, ARGV[6], field) end
return 1
